import { once } from 'node:events'
import { request as send } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import {
  addCacheTags,
  cachePage,
  fetchFromCache,
  hole,
  invalidateTags,
  type PageOptions,
  type SiteOptions,
  siteCache,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import { ask, askInVain } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { gate } from '@sitecache/test-support/gate'
import request from '@sitecache/test-support/request'
import { serve } from '@sitecache/test-support/serve'
import express, { type Request, type Response } from 'express'
import { hear, words } from './heard.js'

function site(handler: (req: Request, res: Response) => unknown, options: PageOptions = {}) {
  const cache = freshCache()
  const app = express().use(siteCache({ cache, ...options }))
  app.all('/page', handler)
  return { app, cache, heard: hear(cache) }
}

const page = (_req: Request, res: Response) => res.send('the page')

describe('the event exchange', () => {
  it('tells a miss and a hit, with their durations and bytes', async () => {
    const { app, cache, heard } = site(page)
    await request(app).get('/page')
    await request(app).get('/page')
    const [miss, hit] = await heard.count(2)
    const numbers = { lookupMs: expect.any(Number), durationMs: expect.any(Number) }
    const common = { cache: 'default', route: '/page', policy: 'django', status: 200, bytes: 8, ...numbers }
    expect(miss).toMatchObject({
      ...common,
      result: 'miss',
      forward: 'uri-miss',
      source: 'handler',
      renderMs: expect.any(Number),
      ttl: 600,
    })
    expect(hit).toMatchObject({
      ...common,
      result: 'hit',
      source: 'cache',
      age: 0,
      ttl: 600,
      savedMs: 0,
      variants: 1,
    })
    expect(hit?.renderMs).toBeUndefined()
    expect((await cache.stats()).results).toEqual({ miss: 1, hit: 1 })
  })

  it('counts the bytes that a hit sends', async () => {
    const { app, heard } = site((_req, res) => res.set('ETag', '"1"').send('the page'))
    await request(app).get('/page')
    await request(app).get('/page').set('If-None-Match', '"1"')
    await request(app).head('/page')
    await request(app).get('/page').set('Range', 'bytes=0-2')
    const events = await heard.count(4)
    expect(words(events)).toEqual(['miss', 'hit', 'hit', 'hit'])
    expect(events.map(({ status, bytes }) => [status, bytes])).toEqual([
      [200, 8],
      [304, 0],
      [200, 0],
      [206, 3],
    ])
  })

  it.each<[string, PageOptions, (req: Request, res: Response) => unknown, string]>([
    ['a cookie', {}, (_req, res) => res.cookie('a', '1').send('x'), 'unstorable set-cookie'],
    ['a status', {}, (_req, res) => res.status(404).send('x'), 'unstorable status'],
    ['storeIf', { storeIf: () => false }, page, 'unstorable store-if'],
    ['skip', { skip: () => true }, page, 'bypass skip'],
    [
      'a body that is too large',
      { maxBodyBytes: 3 },
      (_req, res) => res.end('long body'),
      'unstorable too-large',
    ],
  ])('tells %s', async (_name, options, handler, told) => {
    const { app, heard } = site(handler, options)
    await request(app).get('/page')
    const events = await heard.count(1)
    expect(words(events)).toEqual([told])
    expect(events[0]?.route).toBe('/page')
    expect(events[0]?.bytes).toBeGreaterThan(0)
  })

  it('tells methods that bypass the cache, with their route', async () => {
    const { app, heard } = site(page)
    await request(app).post('/page')
    const events = await heard.count(1)
    expect(words(events)).toEqual(['bypass method'])
    expect(events[0]).toMatchObject({ forward: 'method', route: '/page' })
  })

  it('tells only-if-cached', async () => {
    const { app, heard } = site(page, { policy: 'rfc9111' })
    await request(app).get('/page').set('Cache-Control', 'only-if-cached')
    expect(words(await heard.count(1))).toEqual(['unsatisfiable only-if-cached'])
  })

  it('tells a stale page, and its refresh as a request of the cache', async () => {
    const { app, heard } = site(page, { staleWhileRevalidate: 60 })
    const url = await serve(app)
    await ask(`${url}/page`)
    passSeconds(601)
    await ask(`${url}/page`)
    const events = await heard.count(3)
    expect(words(events)).toEqual(['miss', 'stale stale-while-revalidate', 'refresh revalidated'])
    expect(events[1]).toMatchObject({ age: 601, ttl: -1, source: 'cache' })
  })

  it('tells a page that is validated by a 304 of its handler', async () => {
    const { app, heard } = site(
      (req, res) => {
        res.set({ ETag: '"1"', 'Cache-Control': 'max-age=60' })
        return req.headers['if-none-match'] === '"1"' ? res.status(304).end() : res.send('the page')
      },
      { policy: 'rfc9111' },
    )
    await request(app).get('/page')
    passSeconds(61)
    await request(app).get('/page')
    const events = await heard.count(2)
    expect(words(events)).toEqual(['miss', 'revalidated'])
    expect(events[1]).toMatchObject({ forward: 'stale', source: 'cache', bytes: 8, status: 200 })
  })

  it('tells a page that replaces an error', async () => {
    let broken = false
    const { app, heard } = site((_req, res) => res.status(broken ? 500 : 200).send('x'), {
      staleIfError: 600,
    })
    await request(app).get('/page')
    broken = true
    passSeconds(601)
    await request(app).get('/page')
    expect(words(await heard.count(2))).toEqual(['miss', 'stale stale-if-error'])
  })

  it('tells requests that wait for the render of another one', async () => {
    const rendering: Response[] = []
    const { app, heard } = site((_req, res) => void rendering.push(res))
    const url = await serve((req, res) => {
      // Behind the look-up of the second request.
      if (rendering.length === 1) setImmediate(() => rendering[0]?.send('x'))
      app(req, res)
    })
    const first = ask(`${url}/page`)
    while (rendering.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([first, ask(`${url}/page`)])
    const events = await heard.count(2)
    expect(words(events).toSorted()).toEqual(['collapsed', 'miss'])
    const collapsed = events.find(({ result }) => result === 'collapsed')
    expect(collapsed).toMatchObject({ waitMs: expect.any(Number), source: 'cache', forward: 'uri-miss' })
  })

  it('tells a page that is purged by one of its tags while it is made, and that stays for others', async () => {
    let purged: readonly string[] = []
    const { app, cache, heard } = site(async (_req, res) => {
      addCacheTags(res, 'a', 'b')
      for (const tag of purged) await cache.invalidateTags(tag)
      res.send('the page')
    })
    for (const tags of [['other'], ['a'], ['b', 'other'], ['other']]) {
      purged = tags
      await request(app).get('/page')
      purged = []
    }
    const purging = 'unstorable purged'
    // Which tags the page has is not known of the first one, nor what a purge of others leaves.
    expect(words(await heard.count(4))).toEqual([purging, purging, purging, 'miss'])
    expect(await cache.stats()).toMatchObject({ stores: 1, skips: { purged: 3 } })
  })

  it('tells pages with holes', async () => {
    const cache = freshCache()
    const heard = hear(cache)
    const app = express().use(siteCache({ cache }))
    const name = hole('exchange-name', () => 'you')
    app.get('/page', (_req, res) => res.send(`for ${name()}`))
    await request(app).get('/page')
    await request(app).get('/page')
    expect(words(await heard.count(2))).toEqual(['miss', 'filled'])
  })

  it('tells each layer, the inner one first', async () => {
    const [outer, inner] = [freshCache(), freshCache()]
    const [heardOuter, heardInner] = [hear(outer), hear(inner)]
    const app = express().get('/page', siteCache({ cache: inner }), page)
    const cached = withSiteCache(app, { cache: outer })
    await request(cached).get('/page')
    await request(cached).get('/page')
    expect(words(await heardOuter.count(2))).toEqual(['miss', 'hit'])
    expect(words(await heardInner.count(1))).toEqual(['miss'])
    expect(heardOuter.events[1]?.route).toBe('/page')
  })

  it('tells once that a client has left, and counts no render as under way afterwards', async () => {
    const rendering: Response[] = []
    const { app, cache, heard } = site((_req, res) => void rendering.push(res))
    const url = await serve(app)
    const gone = askInVain(`${url}/page`)
    while (rendering.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(cache.meter.rendering).toBe(1)
    gone.destroy()
    const events = await heard.count(1)
    expect(words(events)).toEqual(['unstorable aborted'])
    rendering[0]?.end('late')
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard.events).toHaveLength(1)
    expect(cache.meter.rendering).toBe(0)
  })

  it('tells that a client has left while it waited for the render of another one', async () => {
    const rendering: Response[] = []
    const { app, heard } = site((_req, res) => void rendering.push(res))
    const asked: unknown[] = []
    const url = await serve((req, res) => {
      asked.push(req)
      app(req, res)
    })
    const first = ask(`${url}/page`)
    while (rendering.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const second = askInVain(`${url}/page`)
    while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve))
    second.destroy()
    expect(words(await heard.count(1))).toEqual(['unstorable aborted'])
    rendering[0]?.send('x')
    await first
    expect(words(await heard.count(2))).toEqual(['unstorable aborted', 'miss'])
  })

  it.each([
    ['siteCache()', (options: SiteOptions) => [siteCache(options)]],
    [
      'updateCache() and fetchFromCache()',
      (options: SiteOptions) => [updateCache(options), fetchFromCache()],
    ],
    ['cachePage()', (options: SiteOptions) => [cachePage('1m', options)]],
  ])('tells that a client has left while %s read what it asks by', async (_name, middlewares) => {
    const cache = freshCache()
    const heard = hear(cache)
    const arrived = gate()
    const app = express().use((_req, _res, next) => {
      arrived.open()
      next()
    })
    app.use(...middlewares({ cache, methods: ['POST'] }), (_req, res) => void res.end('answer'))
    const url = await serve(app)
    const asking = send(url, { method: 'POST', headers: { 'Content-Length': 100 } })
    asking.on('error', () => undefined).write('a part')
    await arrived.opened
    asking.destroy()
    expect(words(await heard.count(1))).toEqual(['unstorable aborted'])
    expect(heard.events[0]).toMatchObject({ status: 0, durationMs: expect.any(Number) })
    // One that is answered has one event.
    const answered = send(url, { method: 'POST' }).end('what')
    await once((await once(answered, 'response'))[0].resume(), 'end')
    expect(words(await heard.count(2))).toEqual(['unstorable aborted', 'miss'])
  })

  it('tells that a soft purge made a page stale', async () => {
    const { app, cache, heard } = site(page, { tags: () => ['news'], staleWhileRevalidate: 60 })
    const url = await serve(app)
    await ask(`${url}/page`)
    await invalidateTags('news', { cache, soft: true })
    await ask(`${url}/page`)
    expect(words(await heard.count(3))).toEqual([
      'miss',
      'stale stale-while-revalidate',
      'refresh revalidated',
    ])
  })
})
