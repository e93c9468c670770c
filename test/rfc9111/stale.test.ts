import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { type PageOptions, siteCache, withSiteCache } from '@sitecache/express'
import { frameworks, listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { getRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import express, { type NextFunction, type Request, type Response } from 'express'

type Fail = (req: Request, res: Response, next: NextFunction) => unknown

/** Ways in which a handler can fail before it has answered. */
const failures: Record<string, Fail> = {
  'next(error)': (_req, _res, next) => next(new Error('broken')),
  'a throw': () => {
    throw new Error('broken')
  },
  'a rejection': async () => {
    throw new Error('broken')
  },
  'a 503 with a body': (_req, res) => res.status(503).set('X-Secret', 'of the error').send('broken'),
  'a 502 by writeHead': (_req, res) => res.writeHead(502, { 'X-Secret': 'x' }).end('bad gateway'),
  'a 500 in chunks': (_req, res) => {
    res.status(500).write('bro')
    setImmediate(() => res.end('ken'))
  },
  'an upstream that hangs up': (_req, res) => res.destroy(new Error('socket hang up')),
}

/** A page that fails from its second render on, until it is mended. */
function failing(fail: Fail, headers: Record<string, string>, options: PageOptions = {}) {
  const state = { renders: 0, broken: true }
  const app = express().use(siteCache({ cache: freshCache(), policy: 'rfc9111', ...options }))
  app.get('/', (req, res, next) => {
    state.renders += 1
    if (state.renders === 1 || !state.broken) return res.set(headers).send(`render ${state.renders}`)
    return fail(req, res, next)
  })
  // Not to the tests' output.
  app.use((_error: unknown, _req: Request, res: Response, _next: NextFunction) =>
    res.status(500).end('error'),
  )
  return { app, state }
}

describe('RFC 9111 §4.2.4, RFC 5861 §4: a handler that fails', () => {
  describe.each(Object.entries(failures))('by %s', (_name, fail) => {
    it.each([
      ['a page', { 'Cache-Control': 'max-age=60' }],
      ['a page with a validator', { 'Cache-Control': 'max-age=60', ETag: '"v1"' }],
      ['a page that says for how long', { 'Cache-Control': 'max-age=60, stale-if-error=600' }],
    ])('has %s stand in for it', async (_kind, headers) => {
      const { app, state } = failing(fail, headers)
      await request(app).get('/')
      passSeconds(61)
      const stale = await request(app).get('/')
      expect([stale.status, stale.text]).toEqual([200, 'render 1'])
      expect(stale.headers['x-secret']).toBeUndefined()
      expect(stale.headers['cache-status']).toMatch(
        /^sitecache; fwd=stale; fwd-status=5\d\d; ttl=-\d; detail=stale-if-error$/,
      )
      expect(Number(stale.headers.age)).toBeGreaterThan(60)
      state.broken = false
      // Express answers 304 by the ETag: the page still holds.
      const mended = await request(app).get('/')
      expect(mended.text).toBe('ETag' in headers ? 'render 1' : 'render 3')
      expect(mended.headers['cache-status']).toMatch(/; stored$/)
    })

    it.each(['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'])(
      'has no page stand in that says %s',
      async (control) => {
        const { app } = failing(fail, { 'Cache-Control': `max-age=60, ${control}`, ETag: '"v1"' })
        await request(app).get('/')
        passSeconds(61)
        const answer = await request(app)
          .get('/')
          .catch(() => ({ status: 500, text: 'hung up' }))
        expect(answer.status).toBeGreaterThanOrEqual(500)
        expect(answer.text).not.toBe('render 1')
      },
    )
  })

  it('shows what went wrong once the page is too old', async () => {
    const { app } = failing(failures['next(error)'] as Fail, {
      'Cache-Control': 'max-age=60, stale-if-error=30',
    })
    await request(app).get('/')
    passSeconds(90)
    expect((await request(app).get('/')).text).toBe('render 1')
    passSeconds(2)
    expect((await request(app).get('/')).status).toBe(500)
  })

  it('shows it to a client that asks for the handler itself', async () => {
    const { app } = failing(failures['next(error)'] as Fail, { 'Cache-Control': 'max-age=60' })
    await request(app).get('/')
    expect((await request(app).get('/').set('Cache-Control', 'no-cache')).status).toBe(500)
    expect((await request(app).get('/')).text).toBe('render 1')
  })

  it('never has an error stand in for an error', async () => {
    let renders = 0
    const app = express().use(siteCache({ cache: freshCache(), policy: 'rfc9111' }))
    app.get('/', (_req, res) => {
      renders += 1
      res.status(503).set('Cache-Control', 'max-age=60').send(`error ${renders}`)
    })
    await request(app).get('/')
    passSeconds(61)
    expect((await request(app).get('/')).text).toBe('error 2')
  })

  it("lets no page stand in under policy 'django', unless staleIfError says so", async () => {
    const headers = { 'Cache-Control': 'max-age=60, stale-if-error=600' }
    const plain = failing(failures['next(error)'] as Fail, headers, { policy: 'django' })
    const told = failing(failures['next(error)'] as Fail, headers, { policy: 'django', staleIfError: '10m' })
    for (const { app } of [plain, told]) await request(app).get('/')
    passSeconds(61)
    expect((await request(plain.app).get('/')).status).toBe(500)
    expect((await request(told.app).get('/')).text).toBe('render 1')
  })
})

describe.each(frameworks)('RFC 5861 §3 on $name: stale-while-revalidate', ({ build }) => {
  it('gives the stale page at once, and makes one new page behind it', async () => {
    const cache = freshCache()
    const seen: IncomingMessage[] = []
    let release = (): void => {}
    const handler = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
      seen.push(req)
      const count = seen.length
      if (count === 2)
        await new Promise<void>((resolve) => {
          release = resolve
        })
      res.writeHead(200, { 'Cache-Control': 'max-age=60, stale-while-revalidate=600', Vary: 'X-Kind' })
      res.end(`render ${count}`)
    }
    const app = build([siteCache({ cache, policy: 'rfc9111' })], handler)
    const { url, close } = await listen(app)
    const get = () =>
      getRaw(url, '/page?a=../b', ['X-Kind: one', 'Cache-Control: max-stale=0', 'Range: bytes=0-'])
    const plain = () => getRaw(url, '/page?a=../b', ['X-Kind: one', 'Cookie: a=b'])
    await plain()
    passSeconds(61)
    const answers = [await plain(), await plain(), await plain()]
    expect(answers.map(({ body }) => body.toString())).toEqual(['render 1', 'render 1', 'render 1'])
    const status = answers[0]?.headers.find(([name]) => name === 'Cache-Status')?.[1]
    expect(status).toMatch(/^sitecache; hit; ttl=-\d; detail=stale-while-revalidate$/)
    while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve))
    release()
    await cache.idle()
    expect((await plain()).body.toString()).toBe('render 2')
    expect((await get()).body.toString()).toBe('render 2')
    expect(seen).toHaveLength(2)
    const [first, behind] = seen
    expect(behind?.url).toBe(first?.url)
    expect(behind?.headers).toMatchObject({ 'x-kind': 'one', host: first?.headers.host })
    // The page depends on no visitor: it is asked for as nobody's.
    expect(behind?.headers.cookie).toBeUndefined()
    expect(behind?.headers.range).toBeUndefined()
    await close()
  })
})

describe('the refresh behind a stale page', () => {
  it('is conditional where the page has a validator', async () => {
    const cache = freshCache()
    const asked: (string | undefined)[] = []
    const handler = (req: IncomingMessage, res: ServerResponse): unknown => {
      asked.push(req.headers['if-none-match'])
      res.setHeader('ETag', '"v1"')
      res.setHeader('Cache-Control', 'max-age=60, stale-while-revalidate=600')
      if (req.headers['if-none-match'] === '"v1"') return res.writeHead(304).end()
      return res.end('page')
    }
    const { url, close } = await listen(withSiteCache(handler, { cache, policy: 'rfc9111' }))
    await getRaw(url, '/')
    passSeconds(61)
    await getRaw(url, '/')
    await cache.idle()
    const third = await getRaw(url, '/')
    expect([third.status, third.body.toString()]).toEqual([200, 'page'])
    expect(third.headers.find(([name]) => name === 'Cache-Status')?.[1]).toMatch(/hit; ttl=(60|59)$/)
    expect(asked).toEqual([undefined, '"v1"'])
    await close()
  })

  it('that fails leaves the stale page, and is an event', async () => {
    const cache = freshCache()
    let renders = 0
    const app = express().use(
      siteCache({ cache, staleWhileRevalidate: '1h', staleIfError: '1h', timeout: 60 }),
    )
    app.get('/', (_req, res) => {
      renders += 1
      if (renders > 1) res.status(500)
      res.send(`render ${renders}`)
    })
    const { url, close } = await listen(app)
    await getRaw(url, '/')
    passSeconds(61)
    for (const count of [2, 3]) {
      expect((await getRaw(url, '/')).body.toString()).toBe('render 1')
      await cache.idle()
      expect(renders).toBe(count)
    }
    await close()
  })
})
