import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import type { Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { type Ask, outcome, twins } from '@sitecache/test-support/twins'
import compression from 'compression'
import express, { type Request, type RequestHandler } from 'express'
import interceptor from 'express-interceptor'
import mung from 'express-mung'
import onHeaders from 'on-headers'

const nameOf = ({ headers }: Request): string => /name=(\w+)/.exec(headers.cookie ?? '')?.[1] ?? 'nobody'

/** Middlewares that change a response on its way out, by what they read of its visitor. */
const rewriting: Record<string, RequestHandler> = {
  'express-interceptor': interceptor((req) => ({
    isInterceptable: () => true,
    intercept: (body, send) => send(body.replace('NAME', nameOf(req))),
  })),
  'a res.end of its own': (req, res, next) => {
    const { end } = res
    res.end = function rewritten(this: unknown, body: unknown, ...rest: unknown[]) {
      const text = String(body ?? '').replace('NAME', nameOf(req))
      res.setHeader('Content-Length', Buffer.byteLength(text))
      return Reflect.apply(end, res, [text, ...rest])
    } as typeof end
    next()
  },
}
/** Middlewares that set a header by it. */
const telling: Record<string, RequestHandler> = {
  'express-mung': mung.headers((req, res) => void res.set('X-Name', nameOf(req))),
  'on-headers': (req, res, next) => {
    onHeaders(res, () => void res.setHeader('X-Name', nameOf(req)))
    next()
  },
}

type Place = (middleware: RequestHandler) => Promise<Ask>

const page: RequestHandler = (_req, res) => void res.type('html').send('<p>NAME</p>')
const options = () => ({ cache: freshCache(), timeout: 60 })

const below: Record<string, Place> = {
  'siteCache()': (middleware) =>
    twins({ site: siteCache(options()) as Use }, ({ site }) =>
      express().use(site as RequestHandler, middleware, page),
    ),
  'fetchFromCache()': (middleware) => {
    const layers = { update: updateCache(options()) as Use, look: fetchFromCache() as Use }
    return twins(layers, ({ update, look }) =>
      express().use(update as RequestHandler, look as RequestHandler, middleware, page),
    )
  },
  'cachePage()': (middleware) =>
    twins({ cached: cachePage(60, { cache: freshCache() }) as Use }, ({ cached }) =>
      express().get('/', cached as RequestHandler, middleware, page),
    ),
}

const visitors = ['ann', 'bob', 'ann', 'bob']

describe.each(Object.entries(below))('below %s', (_place, build) => {
  it.each(Object.entries(rewriting))('%s shows each visitor their own name', async (_name, middleware) => {
    const ask = await build(middleware)
    const outcomes = []
    for (const name of visitors) outcomes.push(outcome(await ask('/', [`Cookie: name=${name}`])))
    expect(outcomes).toEqual(['stored', 'stored', 'hit', 'hit'])
  })

  it.each(Object.entries(telling))('%s tells each visitor their own name', async (_name, middleware) => {
    const ask = await build(middleware)
    for (const name of visitors) {
      const { headers } = await ask('/', [`Cookie: name=${name}`])
      expect(headers.map((line) => line.join(': '))).toContain(`X-Name: ${name}`)
    }
  })
})

describe('between updateCache() and fetchFromCache()', () => {
  const between: Place = (middleware) => {
    const layers = { update: updateCache(options()) as Use, look: fetchFromCache() as Use }
    return twins(layers, ({ update, look }) =>
      express().use(update as RequestHandler, middleware, look as RequestHandler, page),
    )
  }

  it.each(Object.entries(rewriting))('keeps no body that %s changes on each hit', async (_name, it) => {
    const ask = await between(it)
    for (const name of visitors) expect(outcome(await ask('/', [`Cookie: name=${name}`]))).toBe('passed')
  })

  it.each(Object.entries(telling))('keeps the header of %s for its visitor', async (_name, middleware) => {
    const ask = await between(middleware)
    for (const name of visitors) {
      const { headers } = await ask('/', [`Cookie: name=${name}`])
      expect(headers.map((line) => line.join(': '))).toContain(`X-Name: ${name}`)
    }
  })
})

describe('below compression()', () => {
  const compressed: Place = (middleware) =>
    twins({ site: siteCache(options()) as Use }, ({ site }) =>
      express().use(site as RequestHandler, compression({ threshold: 0 }), middleware, page),
    )

  it.each(Object.entries(rewriting))('%s shows each visitor their own name', async (_name, middleware) => {
    const ask = await compressed(middleware)
    const outcomes = []
    for (const name of [...visitors, 'ann']) outcomes.push(outcome(await ask('/', [`Cookie: name=${name}`])))
    expect(outcomes.slice(-2)).toEqual(['hit', 'hit'])
  })
})

describe('a read that changes nothing on the way out', () => {
  const reading: RequestHandler = (req, res, next) => {
    const { end } = res
    onHeaders(res, () => void nameOf(req))
    res.end = function logged(this: unknown, ...args: unknown[]) {
      void [nameOf(req), req.ip]
      return Reflect.apply(end, res, args)
    } as typeof end
    next()
  }

  it.each(Object.entries(below))('is no input below %s', async (_place, build) => {
    const ask = await build(reading)
    expect(outcome(await ask('/', ['Cookie: name=ann']))).toBe('stored')
    expect(outcome(await ask('/', ['Cookie: name=bob']))).toBe('hit')
  })
})

it('is seen in front of the whole application', async () => {
  for (const middleware of Object.values(rewriting)) {
    const layers = { front: (_req: unknown, _res: unknown, next: () => void) => next() }
    let cached = false
    const ask = await twins(layers, () => {
      cached = !cached
      const app = express().use(middleware, page)
      return cached ? withSiteCache(app, options()) : app
    })
    for (const name of visitors) await ask('/', [`Cookie: name=${name}`])
  }
})
