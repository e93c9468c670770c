import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import express, { type RequestHandler } from 'express'
import type { ServerRequest } from 'srvx'
import { toNodeHandler } from 'srvx/node'

/** Handler of srvx, as h3 2, Nitro 3 and TanStack Start are put below Express. */
function fetching(text: (request: ServerRequest) => string, trustProxy?: boolean): RequestHandler {
  // They find their route by the URL.
  const fetch = (request: ServerRequest) => new Response(`${new URL(request.url).pathname} ${text(request)}`)
  const handle = toNodeHandler(fetch, trustProxy === undefined ? {} : { trustProxy })
  return (req, res, next) => {
    Promise.resolve(Reflect.apply(handle, undefined, [req, res])).catch(next)
  }
}

const places: Record<string, (handler: RequestHandler) => Promise<Ask>> = {
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

const by = (address: string) => [`X-Forwarded-For: ${address}`]

describe.each(Object.entries(places))('srvx below %s', (_place, build) => {
  it('asks for the client’s address with each URL, which no page need show', async () => {
    const ask = await build(fetching(() => 'the same for all'))
    expect(outcome(await ask('/'))).toBe('stored')
    for (const lines of [[], by('192.0.2.1'), by('192.0.2.2'), ['Accept-Language: de']])
      expect(outcome(await ask('/', lines))).toBe('hit')
  })

  it('is seen to read other headers', async () => {
    const ask = await build(fetching(({ headers }) => String(headers.get('x-tenant'))))
    for (const tenant of ['a', 'b']) expect(outcome(await ask('/', [`X-Tenant: ${tenant}`]))).toBe('stored')
    expect(outcome(await ask('/', ['X-Tenant: a']))).toBe('hit')
  })

  const shown: Record<string, (request: ServerRequest) => string> = {
    'request.ip': ({ ip }) => String(ip),
    'the address of its connection': ({ runtime }) => String(runtime?.node?.req.socket.remoteAddress),
    'X-Forwarded-For': ({ headers }) => String(headers.get('x-forwarded-for')),
  }

  it.each(Object.entries(shown))('keeps no page that shows %s', async (_name, text) => {
    const ask = await build(fetching(text))
    for (const lines of [[], by('192.0.2.1'), by('192.0.2.2')])
      expect(outcome(await ask('/', lines))).toBe('passed')
  })

  it('keeps none that shows the address which a proxy tells', async () => {
    const ask = await build(fetching(({ ip }) => String(ip), true))
    for (const lines of [by('192.0.2.1'), by('192.0.2.2')])
      expect(outcome(await ask('/', lines))).toBe('passed')
  })
})
