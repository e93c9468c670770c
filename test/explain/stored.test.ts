import { describe, expect, it } from '@jest/globals'
import { cachePage, createCaches, dummyStore, explain, memoryStore, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import '@sitecache/test-support/clock'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import request from '@sitecache/test-support/request'
import express, { type Express } from 'express'

const cacheIn = (store: ReturnType<typeof memoryStore>) => createCaches({ default: { store } }).get('default')

/** A site with pages of any size: in one piece, or in several, whose length no head says. */
function siteIn(cache: ReturnType<typeof freshCache>): Express {
  const app: Express = express().set('etag', false).use(siteCache({ cache }))
  app.get('/pages/:name/:bytes', (req, res) => res.send('x'.repeat(Number(req.params.bytes))))
  app.get('/streams/:name/:bytes', (req, res) => {
    res.write('x')
    res.end('x'.repeat(Number(req.params.bytes) - 1))
  })
  return app
}

describe('a full store in this process', () => {
  /** Fills a store of 2 MiB. */
  async function fullSite() {
    const cache = cacheIn(memoryStore({ maxBytes: 2 * 2 ** 20 }))
    const app = siteIn(cache)
    const ask = async (path: string): Promise<string> =>
      String((await request(app).get(path)).headers['cache-status'])
    for (let i = 0; i < 60; i += 1) await ask(`/pages/${i}/40000`)
    return { cache, app, ask }
  }

  it.each([
    ['pages', 'sitecache; fwd=uri-miss; detail=admission'],
    ['streams', 'sitecache; fwd=uri-miss'],
  ])('says stored of a large page when it is: %s', async (kind, first) => {
    const { cache, ask } = await fullSite()
    const path = `/${kind}/large/200000`
    const reasons: unknown[] = []
    cache.on('exchange', ({ result, reason }) => reasons.push([result, reason]))
    expect(await ask(path)).toBe(first)
    expect(await ask(path)).toMatch(/^sitecache; fwd=uri-miss(?:; stored)?$/)
    expect(await ask(path)).toMatch(/^sitecache; hit; ttl=\d+$/)
    expect(reasons).toEqual([
      ['unstorable', 'admission'],
      ['miss', undefined],
      ['hit', undefined],
    ])
    expect((await cache.stats()).skips).toMatchObject({ admission: 1 })
  })

  it('never says stored of what the next request does not get', async () => {
    const { ask } = await fullSite()
    const sizes = [50_000, 61_000, 65_000, 66_000, 90_000, 500_000, 3_000_000]
    for (const [i, bytes] of sizes.entries())
      for (const kind of ['pages', 'streams']) {
        const path = `/${kind}/new${i}/${bytes}`
        const said = await ask(path)
        const next = await ask(path)
        if (/stored/.test(said)) expect([path, next]).toEqual([path, expect.stringMatching(/hit/)])
      }
  })

  it('keeps a page that it has, however large it becomes', async () => {
    const { ask } = await fullSite()
    expect(await ask('/pages/small/60000')).toBe('sitecache; fwd=uri-miss; stored')
    expect(await ask('/pages/small/60000')).toMatch(/hit/)
  })

  it('is explained', async () => {
    const { app, ask, cache } = await fullSite()
    await ask('/pages/large/200000')
    const url = 'http://127.0.0.1/pages/large/200000'
    const { layers } = await explain({ url, headers: { host: '127.0.0.1' } }, { app, cache })
    expect(layers).toHaveLength(1)
  })
})

describe('a dummy store', () => {
  it('never says stored', async () => {
    const app = siteIn(cacheIn(dummyStore()))
    for (let i = 0; i < 2; i += 1)
      expect((await request(app).get('/pages/a/10')).headers['cache-status']).toBe(
        'sitecache; fwd=uri-miss; detail=admission',
      )
  })
})

describe('a 304 in place of a new page', () => {
  const validated = (store: ReturnType<typeof memoryStore>) => {
    const app = express().use(siteCache({ cache: cacheIn(store), policy: 'rfc9111' }))
    return app.get('/', (_req, res) => res.set({ ETag: '"1"', 'Cache-Control': 'max-age=60' }).end('x'))
  }
  const ask = async (app: Express) => {
    const { status, headers } = await request(app).get('/').set('If-None-Match', '"1"')
    return [status, headers['cache-status']]
  }

  it('says that the page is stored', async () => {
    expect(await ask(validated(memoryStore()))).toEqual([304, 'sitecache; fwd=uri-miss; stored'])
  })

  it('says why it is not: the store has just failed', async () => {
    const store = new FaultyStore()
    const app = validated(store)
    store.failure = new Error('down')
    await request(app).get('/')
    store.failure = undefined
    expect(await ask(app)).toEqual([304, 'sitecache; fwd=uri-miss; detail=store'])
  })

  it('says why it is not: the store does not admit it', async () => {
    expect(await ask(validated(dummyStore()))).toEqual([304, 'sitecache; fwd=uri-miss; detail=admission'])
  })
})

describe('layers within layers', () => {
  it('have names of their own, nearest to the handler first', async () => {
    const caches = createCaches({ default: 'memory:', 'special pages': 'memory:' })
    const app = express().use(siteCache({ caches, skip: (req) => req.query.skip === '1' }))
    const special = cachePage('1m', { caches, cache: 'special pages' })
    const own = (keyPrefix: string) => cachePage('1m', { caches, keyPrefix })
    app.get('/page', special, own('a'), own('b'), (_req, res) => res.send('x'))
    const ask = async (path: string) =>
      String((await request(app).get(path)).headers['cache-status']).split(', ')
    expect(await ask('/page')).toEqual([
      'sitecache/page-2; fwd=uri-miss; stored',
      'sitecache/page; fwd=uri-miss; stored',
      'sitecache/special-pages; fwd=uri-miss; stored',
      'sitecache; fwd=uri-miss; stored',
    ])
    expect(await ask('/page')).toEqual(['sitecache; hit; ttl=60'])
    await ask('/page?skip=1')
    expect(await ask('/page?skip=1')).toEqual([
      'sitecache/special-pages; hit; ttl=60',
      'sitecache; fwd=bypass; detail=skip',
    ])
  })
})

describe('a page that was purged', () => {
  it('is no vary-miss, also by tag, and also where its URL varies', async () => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache, tags: () => ['articles'] }))
    app.get('/page', (req, res) => res.send(req.get('accept-language')))
    const ask = async (language: string): Promise<string> =>
      String((await request(app).get('/page').set('Accept-Language', language)).headers['cache-status'])
    expect(await ask('en')).toBe('sitecache; fwd=uri-miss; stored')
    expect(await ask('fr')).toBe('sitecache; fwd=vary-miss; stored')
    await cache.invalidateTags('articles')
    expect(await ask('en')).toBe('sitecache; fwd=uri-miss; stored')
    expect(await ask('fr')).toBe('sitecache; fwd=uri-miss; stored')
    expect(await ask('de')).toBe('sitecache; fwd=vary-miss; stored')
  })
})
