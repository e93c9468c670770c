import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { cacheControl, cachePage, hole, neverCache, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import { type Handler, site } from '@sitecache/test-support/site'
import compression from 'compression'
import express from 'express'
import { as, cart, greeting, page, runs, seenBy, visitorOf } from './visitors.js'

const broken = hole('broken', () => {
  throw new Error('no')
})
const hanging = hole('hanging', () => new Promise<string>(() => {}), { timeout: 0.02 })
const nested = hole('nested', () => greeting())
const attribute = hole('attribute', (req: IncomingMessage) => `&quot;${visitorOf(req)}&quot;`)

const withHoles: Handler = (_req, res) => {
  res.set({ 'Cache-Control': 'public, max-age=60', 'CDN-Cache-Control': 'max-age=60', 'X-Own': 'kept' })
  res.set({ 'Last-Modified': 'Wed, 01 Jan 2025 00:00:00 GMT', 'Accept-Ranges': 'bytes' })
  res.send(page())
}

describe('a page with holes', () => {
  it('is rendered once, and filled for each visitor', async () => {
    const { app, renders } = site(withHoles)
    const first = await as(app, 'ada')
    expect(first.text).toBe(seenBy('ada'))
    expect(first.headers['cache-status']).toBe('sitecache; fwd=uri-miss; stored')
    for (const visitor of ['bob', 'ada', 'eve']) {
      const { status, text, headers } = await as(app, visitor)
      expect([status, text]).toEqual([200, seenBy(visitor)])
      expect(headers['cache-status']).toMatch(/^sitecache; hit; ttl=/)
      expect(headers['content-length']).toBe(String(seenBy(visitor).length))
      expect(headers['x-own']).toBe('kept')
    }
    expect(renders()).toBe(1)
  })

  it('tells no other cache that it is everybody’s, on a miss or a hit (RFC 9111 §5.2.2.7, RFC 9213 §2.2)', async () => {
    const { app } = site(withHoles)
    for (const visitor of ['ada', 'bob']) {
      const { headers } = await as(app, visitor)
      expect(headers['cache-control']).toBe('private, no-cache')
      for (const name of ['cdn-cache-control', 'expires', 'etag', 'last-modified', 'accept-ranges'])
        expect(headers).not.toHaveProperty(name)
    }
  })

  it('is sent whole whatever condition or range is asked (RFC 9110 §8.8, §14.2)', async () => {
    const { app } = site(withHoles)
    await as(app, 'ada')
    const asked = {
      'If-None-Match': '*',
      'If-Modified-Since': 'Wed, 01 Jan 2031 00:00:00 GMT',
      Range: 'bytes=0-3',
    }
    for (const [name, value] of Object.entries(asked)) {
      const { status, text } = await as(app, 'bob').set(name, value)
      expect([status, text]).toEqual([200, seenBy('bob')])
    }
  })

  it('answers HEAD without filling anything, or telling a length that differs by visitor', async () => {
    const { app } = site(withHoles)
    const ask = () => request(app).head('/').set('Cookie', 'v=ada')
    const cold = await ask()
    await as(app, 'ada')
    const before = runs.count
    const warm = await ask()
    expect(runs.count).toBe(before)
    for (const { status, headers } of [cold, warm]) {
      expect([status, headers['cache-control']]).toEqual([200, 'private, no-cache'])
      expect(headers).not.toHaveProperty('content-length')
      expect(headers).not.toHaveProperty('etag')
    }
    expect(warm.headers['cache-status']).toMatch(/hit/)
    // A HEAD that goes on to the handler must not lose the holes of what is stored (RFC 9111 §4.3.5).
    expect((await as(app, 'bob')).text).toBe(seenBy('bob'))
  })

  it('may hold a hole in an attribute, in JSON, and beside letters of any kind', async () => {
    const text = () =>
      `ä日本<a title="${attribute()}">${JSON.stringify({ greeting: `${greeting}` })}🂡${cart()}`
    const { app, renders } = site((_req, res) => res.send(text()))
    const seen = (visitor: string) =>
      `ä日本<a title="&quot;${visitor}&quot;">{"greeting":"<b>${visitor}</b>"}🂡[cart of ${visitor}]`
    for (const visitor of ['ada', 'bob']) expect((await as(app, visitor)).text).toBe(seen(visitor))
    expect(renders()).toBe(1)
  })

  it('shows an empty place for a hole that fails, hangs, or holds another one, and tells of it', async () => {
    const cache = freshCache()
    const errors: string[] = []
    cache.on('error', ({ error, operation }) => errors.push(`${operation}: ${String(error)}`))
    const { app, renders } = site(
      (_req, res) => res.send(`a${broken()}b${hanging()}c${nested()}d${greeting()}`),
      {
        cache,
      },
    )
    for (const visitor of ['ada', 'bob']) expect((await as(app, visitor)).text).toBe(`abcd<b>${visitor}</b>`)
    expect(renders()).toBe(1)
    expect(errors.sort()).toEqual(
      [
        'hole: Error: no',
        "hole: SitecacheError: hole 'hanging' took longer than 0.02 s",
        "hole: SitecacheError: hole 'nested' stands in another hole: it is filled for each request as it is",
      ]
        .map((text) => text.replace("hole 'nested' stands", "hole 'greeting' stands"))
        .flatMap((text) => [text, text])
        .sort(),
    )
  })

  it('is judged as its handler meant it', async () => {
    const judged = async (...handlers: express.RequestHandler[]) => {
      const app = express().use(siteCache({ cache: freshCache() }))
      app.get('/', ...handlers)
      const { headers } = await as(app, 'ada')
      expect(headers['cache-control']).toContain('private')
      return headers['cache-status']
    }
    const send: express.RequestHandler = (_req, res) => void res.send(page())
    expect(await judged(cacheControl({ public: true, maxAge: 60 }), send)).toMatch(/stored/)
    expect(await judged(cachePage(60), send)).toMatch(/stored/)
    expect(await judged(cacheControl({ private: true }), send)).toMatch(/detail=private/)
    expect(await judged(neverCache, send)).toMatch(/detail=(?:no-store|private|no-cache|not-fresh)/)
  })

  it('is not kept because a cache outside says no, nor served from it', async () => {
    const app = express()
      .use(neverCache)
      .use(siteCache({ cache: freshCache() }))
    app.get('/', (_req, res) => void res.send(page()))
    await as(app, 'ada')
    expect((await as(app, 'bob')).headers['cache-status']).not.toMatch(/hit/)
  })

  it('is kept behind a layer outside that says nothing against it', async () => {
    const app = express()
    app.use((_req, res, next) => {
      const { writeHead } = res
      res.writeHead = ((...args: unknown[]) => {
        res.setHeader('X-Outside', '1')
        return Reflect.apply(writeHead, res, args)
      }) as typeof writeHead
      next()
    })
    app.use(siteCache({ cache: freshCache() }))
    app.get('/', (_req, res) => void res.set('Expires', 'Wed, 01 Jan 2031 00:00:00 GMT').send(page()))
    await as(app, 'ada')
    const hit = await as(app, 'bob')
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.text).toBe(seenBy('bob'))
  })

  it('leaves pages without holes as they are', async () => {
    const { app } = site((_req, res) => res.set('Cache-Control', 'max-age=60').send('plain'))
    const [miss, hit] = [await as(app, 'ada'), await as(app, 'bob')]
    expect(hit.headers['cache-status']).toMatch(/hit/)
    for (const { headers } of [miss, hit]) {
      expect(headers['cache-control']).toBe('max-age=60')
      expect(headers.etag).toBeDefined()
    }
  })
})

describe('what can not be filled', () => {
  it('is an error without a page’s cache in front, which says what to do', async () => {
    const app = express()
    app.get('/', (_req, res) => void res.send(greeting()))
    app.use(
      ((error, _req, res, _next) => void res.status(500).send(error.message)) as express.ErrorRequestHandler,
    )
    expect((await as(app, 'ada')).text).toMatch(/put the page's cache in front of the handler/)
  })

  it('is a body that the handler encodes itself, a part of one, or a header: 500, and never a mark', async () => {
    const cache = freshCache()
    const errors: unknown[] = []
    cache.on('error', ({ error }) => errors.push(error))
    const encoded = site((_req, res) => res.set('Content-Encoding', 'br').send(Buffer.from(page())), {
      cache,
    })
    const part = site(
      (_req, res) => res.status(206).set('Content-Range', 'bytes 0-9/99').end(page().slice(0, 20)),
      { cache },
    )
    const head = site((_req, res) => res.set('Link', `</${greeting()}>`).send('x'), { cache })
    for (const { app } of [encoded, part, head]) {
      const { status, text, headers } = await as(app, 'ada')
      expect([status, text]).toEqual([500, ''])
      expect(headers['cache-control']).toContain('no-store')
      expect(headers).not.toHaveProperty('link')
      expect((await as(app, 'ada')).headers['cache-status']).not.toMatch(/hit/)
    }
    expect(String(errors[0])).toMatch(/written encoded, so that they can't be filled/)
    expect(errors.map(String).join()).toMatch(/written as a part/)
    expect(String(errors.at(-1))).toMatch(/can't stand in a header; marks were set in: link/)
  })

  it('is the first hole of a page whose head was sent, which told caches that it is everybody’s', async () => {
    let thrown: unknown
    const { app } = site((_req, res) => {
      res.write('begun ')
      try {
        greeting()
      } catch (error) {
        thrown = error
      }
      res.end('ended')
    })
    expect((await as(app, 'ada')).text).toBe('begun ended')
    expect(String(thrown)).toMatch(/mark a hole before the response is begun/)
  })

  it('is a mark that was changed on its way: the page is not kept', async () => {
    const { app } = site((_req, res) => res.send(`${greeting().toUpperCase()} and ${cart()}`))
    expect((await as(app, 'ada')).text).toMatch(/ and \[cart of ada\]$/)
    expect((await as(app, 'bob')).headers['cache-status']).not.toMatch(/hit/)
  })

  it('is a page that something on the way has rewritten, which a hit would not be: it is not kept', async () => {
    const app = express().use(siteCache({ cache: freshCache() }))
    app.use((_req, res, next) => {
      const { end } = res
      res.end = ((chunk: unknown, ...rest: unknown[]) => {
        res.removeHeader('Content-Length')
        return Reflect.apply(end, res, [`${String(chunk)}!`, ...rest])
      }) as typeof end
      next()
    })
    app.get('/', (_req, res) => void res.send(page()))
    expect((await as(app, 'ada')).text).toBe(`${seenBy('ada')}!`)
    expect((await as(app, 'bob')).headers['cache-status']).not.toMatch(/hit/)
  })
})

describe('a handler that ends its response with what it renders', () => {
  it.each([
    ['end', () => [], (res: ServerResponse) => res.end(page())],
    [
      'write',
      () => [],
      (res: ServerResponse) => {
        res.write(page())
        res.end()
      },
    ],
    [
      'end behind compression',
      () => [compression({ threshold: 0 })],
      (res: ServerResponse) => res.end(page()),
    ],
    [
      'a method that was looked up before',
      () => [],
      (res: ServerResponse) => {
        const end = res.end.bind(res)
        return end(page())
      },
    ],
  ])('has its holes filled: %s', async (_, between, handler) => {
    const app = express().use(siteCache({ cache: freshCache() }), ...between())
    app.get('/', (_req, res) => void handler(res))
    for (const visitor of ['ada', 'bob']) expect((await as(app, visitor)).text).toBe(seenBy(visitor))
    expect((await as(app, 'eve')).headers['cache-status']).toMatch(/hit/)
  })
})

describe('hole()', () => {
  it('refuses a name twice, and an option that is none', () => {
    expect(() => hole('greeting', () => '')).toThrow("hole 'greeting' is defined already")
    expect(() => hole('new', () => '', { timeout: 0 })).toThrow(
      /hole 'new'.timeout must be more than 0 seconds/,
    )
    expect(() => hole('new', () => '', { wait: 1 } as object)).toThrow(/hole 'new'.wait is not an option/)
  })
})
