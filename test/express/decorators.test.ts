import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import {
  addNeverCacheHeaders,
  cacheControl,
  cachePage,
  conditionalGet,
  getMaxAge,
  hasVaryHeader,
  neverCache,
  patchCacheControl,
  patchResponseHeaders,
  patchVaryHeaders,
  siteCache,
  varyOnCookie,
  varyOnHeaders,
} from '@sitecache/express'
import { frameworks, type Handle, type Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'
import session from 'express-session'

const plain: Handle = (_req, res) => {
  res.end('x')
}

describe.each(frameworks)('on $name', ({ build }) => {
  const wrappers: Record<
    string,
    { wrapper: Use & ((handler: Handle) => Handle); name: string; value: string | RegExp }
  > = {
    'cacheControl({ private: true, maxAge: 60 })': {
      wrapper: cacheControl({ private: true, maxAge: 60 }) as never,
      name: 'cache-control',
      value: 'private, max-age=60',
    },
    "cacheControl({ 'x-ext': 'v', staleWhileRevalidate: 60 })": {
      wrapper: cacheControl({ 'x-ext': 'v', staleWhileRevalidate: 60 }) as never,
      name: 'cache-control',
      value: 'x-ext=v, stale-while-revalidate=60',
    },
    neverCache: {
      wrapper: neverCache as never,
      name: 'cache-control',
      value: 'max-age=0, no-cache, no-store, must-revalidate, private',
    },
    "varyOnHeaders('Accept-Language', 'Cookie')": {
      wrapper: varyOnHeaders('Accept-Language', 'Cookie') as never,
      name: 'vary',
      value: 'Accept-Language, Cookie',
    },
    varyOnCookie: { wrapper: varyOnCookie as never, name: 'vary', value: 'Cookie' },
  }

  it.each(Object.entries(wrappers))(
    '%s works in the chain and around a handler',
    async (_name, { wrapper, name, value }) => {
      const chained = await request(build([wrapper], plain)).get('/page')
      const around = await request(build([], wrapper(plain))).get('/page')
      expect([chained.headers[name], around.headers[name]]).toEqual([value, value])
      expect([chained.text, around.text]).toEqual(['x', 'x'])
    },
  )

  it('they nest like decorators', async () => {
    const cache = freshCache()
    let renders = 0
    const handler = varyOnHeaders('X-A')(
      cachePage(60, { cache })(
        cacheControl({ maxAge: 30 })(
          varyOnHeaders('X-B')((_req, res: ServerResponse) => {
            renders += 1
            res.end('x')
          }),
        ),
      ),
    )
    const app = build([], handler as Handle)
    const ask = (a: string, b: string) => request(app).get('/page').set({ 'X-A': a, 'X-B': b })
    const first = await ask('1', '1')
    const hit = await ask('1', '1')
    expect(first.headers.vary).toBe('X-B, X-A')
    expect(hit.headers.vary).toBe('X-B, X-A')
    expect(hit.headers['cache-control']).toBe('max-age=30')
    expect(hit.headers['cache-status']).toMatch(/^sitecache; hit; ttl=\d+$/)
    await ask('1', '2')
    await ask('2', '1')
    expect(renders).toBe(3)
  })
})

describe('a timeout of 0', () => {
  it.each([
    ['cachePage(0)', () => cachePage(0, { cache: freshCache() }) as Use],
    ['siteCache({ timeout: 0 })', () => siteCache({ timeout: 0, cache: freshCache() }) as Use],
  ])('stores nothing, and says so to clients as Django does: %s', async (_name, make) => {
    let renders = 0
    const app = express()
      .use(make())
      .get('/', (_req, res) => {
        renders += 1
        res.send('x')
      })
    await request(app).get('/')
    const { headers } = await request(app).get('/')
    expect(renders).toBe(2)
    expect(headers['cache-control']).toBe('max-age=0')
    expect(Date.parse(String(headers.expires))).toBeLessThanOrEqual(Date.parse(String(headers.date)))
  })
})

describe('a timeout of null', () => {
  it('never expires', async () => {
    const cache = freshCache()
    const app = express().get('/', cachePage(null, { cache }), (_req, res) => {
      res.send('x')
    })
    await request(app).get('/')
    const { headers } = await request(app).get('/')
    expect(headers['cache-status']).toBe('sitecache; hit')
    expect(headers['cache-control']).toBe('max-age=31536000')
  })
})

describe('time', () => {
  afterEach(() => {
    jest.restoreAllMocks()
  })

  it('makes a page older, then stale, and then it is rendered anew', async () => {
    let now = Date.parse('2026-11-24T12:00:00Z')
    jest.spyOn(Date, 'now').mockImplementation(() => now)
    let renders = 0
    const app = express().get('/', cachePage('1m', { cache: freshCache() }), (_req, res) => {
      renders += 1
      res.send(`render ${renders}`)
    })
    const seen: unknown[] = []
    for (const second of [0, 20, 59, 60, 61]) {
      now = Date.parse('2026-11-24T12:00:00Z') + second * 1000
      const { headers, text } = await request(app).get('/')
      seen.push([second, text, headers.age, headers['cache-status'], headers.date])
    }
    const date = 'Tue, 24 Nov 2026 12:00:00 GMT'
    expect(seen).toEqual([
      [0, 'render 1', undefined, 'sitecache; fwd=uri-miss; stored', expect.any(String)],
      [20, 'render 1', '20', 'sitecache; hit; ttl=40', date],
      [59, 'render 1', '59', 'sitecache; hit; ttl=1', date],
      [
        60,
        'render 2',
        undefined,
        expect.stringMatching(/^sitecache; fwd=(uri-miss|vary-miss|stale); stored$/),
        expect.any(String),
      ],
      [61, 'render 2', '1', 'sitecache; hit; ttl=59', 'Tue, 24 Nov 2026 12:01:00 GMT'],
    ])
  })
})

describe('a handler that fails', () => {
  it('reaches the framework through a wrapper around it', async () => {
    const app = express()
    app.get(
      '/',
      cachePage(60, { cache: freshCache() })(async () => {
        throw new Error('database gone')
      }),
    )
    app.use(((error: Error, _req, res, _next) => {
      res.status(503).send(error.message)
    }) as express.ErrorRequestHandler)
    expect((await request(app).get('/')).text).toBe('database gone')
  })
})

describe('helpers inside a handler', () => {
  const app = express()
  app.get('/', (_req, res) => {
    res.set('Cache-Control', 'Max-Age=100, x-own="a, b"').set('Vary', 'accept')
    patchCacheControl(res, { public: true, maxAge: 300, sMaxage: 10 })
    patchVaryHeaders(res, ['Cookie', 'Accept'])
    res.json({
      maxAge: getMaxAge(res),
      cookie: hasVaryHeader(res, 'cookie'),
      origin: hasVaryHeader(res, 'Origin'),
    })
  })
  app.get('/lifetime', (_req, res) => {
    patchResponseHeaders(res, '1m')
    res.end()
  })
  app.get('/never', (_req, res) => {
    addNeverCacheHeaders(res)
    res.end()
  })

  it('change what stands there as Django does', async () => {
    const { headers, body } = await request(app).get('/')
    expect(headers['cache-control']).toBe('max-age=100, x-own="a, b", public, s-maxage=10')
    expect(headers.vary).toBe('accept, Cookie')
    expect(body).toEqual({ maxAge: 100, cookie: true, origin: false })
  })

  it('patchResponseHeaders adds Expires and max-age', async () => {
    const { headers } = await request(app).get('/lifetime')
    expect(headers['cache-control']).toBe('max-age=60')
    expect(
      Math.abs(Date.parse(String(headers.expires)) - Date.parse(String(headers.date)) - 60_000),
    ).toBeLessThanOrEqual(1000)
  })

  it('addNeverCacheHeaders says so in every way', async () => {
    expect((await request(app).get('/never')).headers['cache-control']).toBe(
      'max-age=0, no-cache, no-store, must-revalidate, private',
    )
  })

  it.each([
    [() => cacheControl({ maxAge: -1 }), /maxAge/],
    [() => cacheControl({ maxAge: Number.NaN }), /maxAge/],
    [() => cacheControl({ private: 1 } as never), /private/],
    [() => cacheControl({ 'x-ext': 'a\r\nb' }), /x-ext/],
    [() => varyOnHeaders('no name'), /varyOnHeaders/],
  ])('refuse what HTTP does not allow, when they are made', (make, message) => {
    expect(make).toThrow(message)
  })
})

describe('conditionalGet', () => {
  it.each(frameworks)('answers 304 to who has the page: $name', async ({ build }) => {
    const app = build([conditionalGet() as Use], plain)
    const first = await request(app).get('/page')
    expect(first.headers.etag).toMatch(/^"/)
    expect(first.headers['content-length']).toBe('1')
    const second = await request(app).get('/page').set('If-None-Match', String(first.headers.etag))
    expect([second.status, second.text]).toEqual([304, ''])
    expect(second.headers['content-length']).toBeUndefined()
    const other = await request(app).get('/page').set('If-None-Match', '"other"')
    expect([other.status, other.text]).toEqual([200, 'x'])
  })

  it('leaves streams, no-store and other methods as they are', async () => {
    const app = express().set('etag', false).use(conditionalGet())
    app.get('/stream', (_req, res) => {
      res.write('a')
      res.end('b')
    })
    app.get('/no-store', (_req, res) => {
      res.set('Cache-Control', 'no-store').end('x')
    })
    app.post('/stream', (_req, res) => {
      res.end('x')
    })
    const responses = [
      await request(app).get('/stream'),
      await request(app).get('/no-store'),
      await request(app).post('/stream'),
    ]
    expect(responses.map(({ headers }) => headers.etag)).toEqual([undefined, undefined, undefined])
    expect(responses.map(({ text }) => text)).toEqual(['ab', 'x', 'x'])
  })

  it('sees the whole body that express-session writes in two pieces', async () => {
    const app = express().set('etag', false).use(conditionalGet())
    app.use(session({ secret: 'secret', resave: false, saveUninitialized: false }))
    app.get('/', (req, res) => {
      Object.assign(req.session, { seen: true })
      res.send('hello')
    })
    const first = await request(app).get('/')
    expect(first.headers.etag).toMatch(/^"/)
    expect([first.text, first.headers['content-length']]).toEqual(['hello', '5'])
    const second = await request(app).get('/').set('If-None-Match', String(first.headers.etag))
    expect([second.status, second.text]).toEqual([304, ''])
  })

  it('leaves a body of another length than its head says as it is', async () => {
    const app = express().use(conditionalGet())
    app.get('/', (_req, res) => {
      res.setHeader('Content-Length', '3')
      res.write('a')
      res.end('b')
    })
    const cut = await fetch(await serve(app))
    expect(cut.headers.get('etag')).toBeNull()
    await expect(cut.text()).rejects.toThrow()
  })

  it('drops the body of a stream that says its own validator', async () => {
    const app = express().use(conditionalGet())
    app.get('/', (_req, res) => {
      res.set({ 'Last-Modified': 'Tue, 01 Sep 2026 10:00:00 GMT', 'Content-Length': '2' })
      res.write('a')
      res.end('b')
    })
    const { status, text } = await request(app)
      .get('/')
      .set('If-Modified-Since', 'Tue, 01 Sep 2026 10:00:00 GMT')
    expect([status, text]).toEqual([304, ''])
  })
})
