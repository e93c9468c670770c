import type { IncomingMessage, RequestListener } from 'node:http'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import express, { type RequestHandler } from 'express'
import { createApp, eventHandler, getHeader, getRequestHeaders, toNodeListener } from 'h3'
import { createProxyMiddleware } from 'http-proxy-middleware'

type Place = (handler: RequestHandler) => Promise<Ask>
const places: Record<string, Place> = {
  'siteCache()': (handler) =>
    twins({ site: siteCache({ cache: freshCache() }) as Use }, ({ site }) =>
      express().use(site as RequestHandler, handler),
    ),
  'fetchFromCache()': (handler) => {
    const layers = { update: updateCache({ cache: freshCache() }) as Use, look: fetchFromCache() as Use }
    return twins(layers, ({ update, look }) =>
      express().use(update as RequestHandler, look as RequestHandler, handler),
    )
  },
  'cachePage()': (handler) =>
    twins({ page: cachePage(60, { cache: freshCache() }) as Use }, ({ page }) =>
      express().use(page as RequestHandler, handler),
    ),
}

/** The `Headers` of another realm, as frameworks run middlewares in one. */
const foreign = runInContext(
  'class Headers { constructor(of) { this.of = new Map(Object.entries(of)) } get(name) { return this.of.get(name) } }; Headers',
  createContext({}),
) as new (
  of: object,
) => Headers

const languageBy =
  (read: (req: IncomingMessage) => unknown): RequestHandler =>
  async (req, res) => {
    const language = await read(req)
    res.send(`in ${String(language)}`)
  }
const h3 = (read: Parameters<typeof eventHandler>[0]): RequestHandler => {
  const app = createApp().use(eventHandler(read))
  return toNodeListener(app) as unknown as RequestHandler
}

const filled = (req: IncomingMessage): Headers => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(req.headers)) headers.append(name, String(value))
  return headers
}
const later = () => new Promise((resolve) => setImmediate(resolve))

const readers: Record<string, RequestHandler> = {
  'h3, one header': h3((event) => `in ${String(getHeader(event, 'accept-language'))}`),
  'h3, all headers': h3((event) => `in ${String(getRequestHeaders(event)['accept-language'])}`),
  'a plain object': languageBy((req) => ({ ...req.headers })['accept-language']),
  'a plain object, later': languageBy(async (req) => {
    const copy = { ...req.headers }
    await later()
    return copy['accept-language']
  }),
  'rawHeaders, in a loop': languageBy(
    ({ rawHeaders }) => rawHeaders[rawHeaders.findIndex((name) => /^accept-language$/i.test(name)) + 1],
  ),
  'Headers of another realm': languageBy((req) => new foreign(req.headers).get('accept-language')),
  'a copy of Headers that were watched': languageBy((req) => {
    const copy = { ...req.headers }
    return filled(req).get('x-absent') ?? copy['accept-language']
  }),
  'a copy beside a Request that was read': languageBy((req) => {
    const request = new Request('http://a.example', { headers: filled(req) })
    const copy = { ...req.headers }
    return request.clone().headers.get('x-absent') ?? copy['accept-language']
  }),
  'a copy beside Headers of Node’s making': languageBy((req) => {
    const headers = new Headers(req.headers as Record<string, string>)
    const copy = { ...req.headers }
    return headers.get('x-absent') ?? copy['accept-language']
  }),
  'Headers of this realm': languageBy((req) => filled(req).get('accept-language')),
}

/** Handlers of which it is seen that no language matters, though all headers are copied. */
const others: Record<string, RequestHandler> = {
  'Headers that were filled in a loop': (req, res) => void res.send(String(filled(req).has('x-absent'))),
  'Headers that nobody reads': (req, res) => {
    filled(req)
    new Headers(req.headers as Record<string, string>)
    res.send('all the same')
  },
  'a Request, as SvelteKit makes it': (req, res) => {
    const headers = Object.entries(req.headers) as [string, string][]
    res.send(String(new Request('http://a.example', { headers }).headers.get('cookie')))
  },
}

const speaking = (language: string) => [`Accept-Language: ${language}`]

describe.each(Object.entries(places))('all headers, copied below %s', (_place, build) => {
  it.each(Object.entries(readers))('the language of which is read: %s', async (_title, handler) => {
    const ask = await build(handler)
    for (const language of ['en', 'de', 'en', 'fr']) await ask('/', speaking(language))
    expect(outcome(await ask('/', speaking('de')))).toBe('hit')
  })

  it.each(Object.entries(others))('share a page between languages: %s', async (_title, handler) => {
    const ask = await build(handler)
    expect(outcome(await ask('/', speaking('en')))).toBe('stored')
    expect(outcome(await ask('/', speaking('de')))).toBe('hit')
  })

  it('share one where another server answers, which says Vary itself', async () => {
    const origin: RequestListener = (req, res) => {
      if (req.url === '/chosen') res.setHeader('Vary', 'Accept-Language')
      res.end(req.url === '/chosen' ? req.headers['accept-language'] : 'all the same')
    }
    const target = await serve(origin)
    const ask = await build(createProxyMiddleware({ target }) as RequestHandler)
    expect(outcome(await ask('/', speaking('en')))).toBe('stored')
    expect(outcome(await ask('/', speaking('de')))).toBe('hit')
    for (const language of ['en', 'de', 'en']) await ask('/chosen', speaking(language))
  })
})
