import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { frameworks, listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { getRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import { site } from '@sitecache/test-support/site'
import compression from 'compression'
import express from 'express'
import session from 'express-session'

type Write = (res: ServerResponse, status: number, headers: Record<string, string>, body: string) => unknown

/** Ways in which a handler can answer, 304s included. */
const ways: Record<string, Write> = {
  'setHeader and end': (res, status, headers, body) => {
    res.statusCode = status
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    res.end(body)
  },
  'writeHead with an object': (res, status, headers, body) => res.writeHead(status, headers).end(body),
  'writeHead with an array': (res, status, headers, body) =>
    res.writeHead(status, Object.entries(headers).flat()).end(body),
  'flushHeaders, write and end': (res, status, headers, body) => {
    res.statusCode = status
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    res.flushHeaders()
    if (body !== '') res.write(body.slice(0, 1))
    setImmediate(() => res.end(body.slice(1)))
  },
}

/** A page with an ETag, whose handler answers 304 to who has it. */
function tagged(write: Write, state: { etag: string; asked: IncomingHttpHeaders[] }) {
  return (req: IncomingMessage, res: ServerResponse): unknown => {
    state.asked.push({ ...req.headers })
    const headers = { ETag: state.etag, 'Cache-Control': 'max-age=60', 'X-Count': String(state.asked.length) }
    if (req.headers['if-none-match'] === state.etag) return write(res, 304, headers, '')
    return write(
      res,
      200,
      { ...headers, 'X-Once': 'yes', 'Content-Type': 'text/plain' },
      `body of ${state.etag}`,
    )
  }
}

describe.each(frameworks)('RFC 9111 §4.3 on $name: a stale page with a validator', ({ build }) => {
  describe.each(Object.entries(ways))('%s', (_way, write) => {
    it('is asked about, and brought up to date by a 304 that the client never sees', async () => {
      const state = { etag: '"v1"', asked: [] as IncomingHttpHeaders[] }
      const app = build([siteCache({ cache: freshCache(), policy: 'rfc9111' })], tagged(write, state))
      const first = await request(app).get('/page')
      passSeconds(61)
      const second = await request(app).get('/page')
      const third = await request(app).get('/page')
      expect(state.asked.map((headers) => headers['if-none-match'])).toEqual([undefined, '"v1"'])
      for (const { status, text, headers } of [first, second, third]) {
        expect([status, text, headers['x-once']]).toEqual([200, 'body of "v1"', 'yes'])
      }
      expect([first, second, third].map(({ headers }) => headers['x-count'])).toEqual(['1', '2', '2'])
      expect(second.headers['cache-status']).toBe('sitecache; fwd=stale; fwd-status=304; stored')
      expect(third.headers['cache-status']).toMatch(/^sitecache; hit; ttl=(60|59)$/)
    })

    it('is asked for anew where the 304 is about another one, without a wait for itself', async () => {
      let renders = 0
      const app = build(
        [siteCache({ cache: freshCache(), policy: 'rfc9111', lockTimeout: 3600 })],
        (req: IncomingMessage, res: ServerResponse) => {
          renders += 1
          const headers = { ETag: renders === 1 ? '"v1"' : '"v2"', 'Cache-Control': 'max-age=60' }
          if (req.headers['if-none-match'] !== undefined) return write(res, 304, headers, '')
          return write(res, 200, headers, `render ${renders}`)
        },
      )
      await request(app).get('/page')
      passSeconds(61)
      const later = await Promise.all([1, 2, 3].map(() => request(app).get('/page').buffer(true)))
      for (const { headers } of later) expect(headers.etag).toBe('"v2"')
      expect((await request(app).get('/page').buffer(true)).headers['cache-status']).toMatch(/hit/)
      expect(renders).toBe(3)
    })

    it('makes way for a new page', async () => {
      const state = { etag: '"v1"', asked: [] as IncomingHttpHeaders[] }
      const app = build([siteCache({ cache: freshCache(), policy: 'rfc9111' })], tagged(write, state))
      await request(app).get('/page')
      passSeconds(61)
      state.etag = '"v2"'
      const second = await request(app).get('/page')
      const third = await request(app).get('/page')
      expect([second.text, third.text]).toEqual(['body of "v2"', 'body of "v2"'])
      expect(state.asked).toHaveLength(2)
      expect(third.headers['cache-status']).toMatch(/hit/)
    })
  })
})

describe('the handler is asked by what the page has', () => {
  const modified = 'Sun, 06 Nov 1994 08:49:37 GMT'

  it('If-Modified-Since for a page with a date, in place of what the client asks', async () => {
    const asked: (string | undefined)[][] = []
    const { app } = site(
      (req, res) => {
        asked.push([
          req.get('if-none-match'),
          req.get('if-modified-since'),
          req.get('range'),
          req.get('if-range'),
        ])
        res.set({ 'Last-Modified': modified, 'Cache-Control': 'max-age=60' })
        if (req.get('if-modified-since') === modified) return res.status(304).end()
        return res.end('x')
      },
      { policy: 'rfc9111' },
    )
    await request(app).get('/')
    passSeconds(61)
    const headers = { 'If-None-Match': '"other"', Range: 'bytes=0-0' }
    const second = await request(app).get('/').set(headers)
    expect(asked).toEqual([
      [undefined, undefined, undefined, undefined],
      [undefined, modified, undefined, undefined],
    ])
    expect([second.status, String(second.text ?? second.body)]).toEqual([206, 'x'])
  })

  // The conditions are the cache's to answer: a reload fills a cold page as any other visit does.
  it('is asked for all of a page that is not stored, and for what it answers itself as it was asked', async () => {
    const { app } = site((req, res) => res.end(`${req.get('if-none-match')} ${req.get('range')}`), {
      policy: 'rfc9111',
    })
    const asked = async (path: string, headers: Record<string, string>): Promise<string> =>
      (await request(app).get(path).set(headers)).text
    expect(await asked('/a', { 'If-None-Match': '"mine"' })).toBe('undefined undefined')
    expect(await asked('/b', { Range: 'bytes=5-', 'If-None-Match': '"mine"' })).toBe('"mine" bytes=5-')
    expect(await asked('/c', { 'If-Match': '"a"', 'If-None-Match': '"mine"' })).toBe('"mine" undefined')
  })

  it('shows a handler that reads rawHeaders the same', async () => {
    const seen: string[][] = []
    const { app } = site(
      (req, res) => {
        seen.push(req.rawHeaders)
        res.set({ ETag: '"v1"', 'Cache-Control': 'max-age=60' }).end('x')
      },
      { policy: 'rfc9111' },
    )
    await request(app).get('/')
    passSeconds(61)
    await request(app).get('/').set('If-None-Match', '"other"')
    const raw = seen[1] ?? []
    expect(raw.filter((name) => /^if-none-match$/i.test(name))).toHaveLength(1)
    expect(raw[raw.findIndex((name) => /^if-none-match$/i.test(name)) + 1]).toBe('"v1"')
  })

  it("gives the client back its conditions: a 304 to those is the client's", async () => {
    const state = { etag: '"v1"', asked: [] as IncomingHttpHeaders[] }
    const { app } = site(tagged(ways['setHeader and end'] as Write, state), { policy: 'rfc9111' })
    await request(app).get('/')
    passSeconds(61)
    const second = await request(app).get('/').set('If-None-Match', '"v1"')
    expect([second.status, second.text, second.headers.etag]).toEqual([304, '', '"v1"'])
    passSeconds(61)
    state.etag = '"v2"'
    const third = await request(app).get('/').set('If-None-Match', '"v2"')
    expect([third.status, third.text, third.headers.etag]).toEqual([304, '', '"v2"'])
    const fourth = await request(app).get('/')
    expect([fourth.text, state.asked.length]).toEqual(['body of "v2"', 3])
  })
})

describe('no-cache', () => {
  it('is stored with a validator, and asked about at each use', async () => {
    const { app, renders } = site(
      (req, res) => {
        res.set({ 'Cache-Control': 'no-cache', ETag: '"v1"' })
        return req.fresh ? res.status(304).end() : res.send('page')
      },
      { policy: 'rfc9111' },
    )
    const answers = [await request(app).get('/'), await request(app).get('/'), await request(app).get('/')]
    expect(answers.map(({ text }) => text)).toEqual(['page', 'page', 'page'])
    expect(renders()).toBe(3)
    expect(answers[2]?.headers['cache-status']).toContain('fwd-status=304')
  })

  it('of the client has the page asked about, fresh or not', async () => {
    const state = { etag: '"v1"', asked: [] as IncomingHttpHeaders[] }
    const { app } = site(tagged(ways['setHeader and end'] as Write, state), { policy: 'rfc9111' })
    await request(app).get('/')
    const second = await request(app).get('/').set('Cache-Control', 'no-cache')
    expect(second.text).toBe('body of "v1"')
    expect(second.headers['cache-status']).toContain('fwd=request; fwd-status=304')
    expect(state.asked).toHaveLength(2)
  })
})

describe('Express itself', () => {
  it('answers 304 by its own ETag, which brings the page up to date', async () => {
    const { app, renders } = site((_req, res) => res.set('Cache-Control', 'max-age=60').send('text'), {
      policy: 'rfc9111',
    })
    const first = await request(app).get('/')
    passSeconds(61)
    const second = await request(app).get('/')
    expect([second.status, second.text, second.headers['content-type']]).toEqual([
      200,
      'text',
      first.headers['content-type'],
    ])
    expect(second.headers['cache-status']).toContain('fwd-status=304')
    expect((await request(app).get('/')).headers['cache-status']).toMatch(/hit/)
    expect(renders()).toBe(2)
  })
})

describe('middlewares around and between', () => {
  it('see the stored page, compressed as it was, and keep their own headers', async () => {
    const state = { etag: '"v1"', asked: [] as IncomingHttpHeaders[] }
    const app = express()
    app.use((_req, res, next) => {
      res.set('X-Request-Id', 'of this request')
      next()
    })
    app.use(updateCache({ cache: freshCache(), policy: 'rfc9111' }))
    app.use(compression({ threshold: 0 }))
    app.use(session({ secret: 'x', resave: false, saveUninitialized: false }))
    app.use(fetchFromCache())
    app.use(tagged(ways['setHeader and end'] as Write, state))
    const first = await request(app).get('/')
    passSeconds(61)
    const second = await request(app).get('/')
    expect(state.asked).toHaveLength(2)
    for (const { text, headers } of [first, second]) {
      expect([text, headers['content-encoding']]).toEqual(['body of "v1"', 'gzip'])
      expect(headers['x-request-id']).toBe('of this request')
    }
  })

  it("are not shown another visitor's cookies: those of a 304 are its client's", async () => {
    const app = express()
    app.use(siteCache({ cache: freshCache(), policy: 'rfc9111' }))
    app.use((req, res) => {
      res.set({ ETag: '"v1"', 'Cache-Control': 'max-age=60' })
      if (req.get('if-none-match') !== '"v1"') return res.end('page')
      return res.cookie('sid', 'mine').status(304).end()
    })
    await request(app).get('/')
    passSeconds(61)
    const second = await request(app).get('/')
    const third = await request(app).get('/')
    expect([second.text, second.headers['set-cookie']]).toEqual(['page', ['sid=mine; Path=/']])
    expect([third.text, third.headers['set-cookie']]).toEqual(['page', undefined])
  })
})

describe('a 304 that forbids to keep the page', () => {
  it.each(['no-store', 'private'])('%s: goes to its client, and nothing stays', async (control) => {
    let renders = 0
    const { app } = site(
      (req, res) => {
        renders += 1
        res.set({ ETag: '"v1"', 'Cache-Control': renders === 2 ? control : 'max-age=60' })
        return req.get('if-none-match') === '"v1"' ? res.status(304).end() : res.end(`page ${renders}`)
      },
      { policy: 'rfc9111' },
    )
    await request(app).get('/')
    passSeconds(61)
    expect((await request(app).get('/')).text).toBe('page 1')
    expect((await request(app).get('/')).text).toBe('page 3')
  })
})

describe('purged while it is asked about', () => {
  it('goes to its client, and does not come back', async () => {
    const state = { etag: '"v1"', asked: [] as IncomingHttpHeaders[] }
    const app = express().use(siteCache({ cache: freshCache(), policy: 'rfc9111' }))
    app.post('/', (_req, res) => res.end())
    app.get('/', async (req, res) => {
      if (req.get('if-none-match') !== undefined) await request(app).post('/')
      tagged(ways['setHeader and end'] as Write, state)(req, res)
    })
    await request(app).get('/')
    passSeconds(61)
    expect((await request(app).get('/')).text).toBe('body of "v1"')
    await request(app).get('/')
    expect(state.asked.map((headers) => headers['if-none-match'])).toEqual([undefined, '"v1"', undefined])
  })
})

describe('withSiteCache over a raw socket', () => {
  it('writes one head, whatever the handler began', async () => {
    const state = { etag: '"v1"', asked: [] as IncomingHttpHeaders[] }
    const handle = tagged(ways['flushHeaders, write and end'] as Write, state)
    const { url, close } = await listen(withSiteCache(handle, { cache: freshCache(), policy: 'rfc9111' }))
    await getRaw(url, '/a')
    passSeconds(61)
    const { status, headers, body } = await getRaw(url, '/a')
    await close()
    expect([status, body.toString()]).toEqual([200, 'body of "v1"'])
    expect(headers.filter(([name]) => /^(etag|date|content-length)$/i.test(name))).toHaveLength(3)
  })
})
