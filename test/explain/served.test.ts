import { afterAll, describe, expect, it } from '@jest/globals'
import type { Cache } from '@sitecache/core'
import { CACHE_EVENTS } from '@sitecache/core/internal'
import {
  createCaches,
  explain,
  explainText,
  invalidatePage,
  invalidateTags,
  memoryStore,
  siteCache,
  tieredStore,
} from '@sitecache/express'
import { redisStore } from '@sitecache/redis'
import { freshCache } from '@sitecache/test-support/cache'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import request from '@sitecache/test-support/request'
import { serve } from '@sitecache/test-support/serve'
import { startRedis } from '@sitecache/test-support/servers/redis'
import express, { type Express } from 'express'
import session from 'express-session'

const server = await startRedis()
afterAll(() => server.stop())

const cacheIn = (store: ReturnType<typeof memoryStore>): Cache =>
  createCaches({ default: { store, keyPrefix: `explain${Math.random()}` } }).get('default')

/** A busy machine may be late, which is no fault of the server. */
const patient = { timeoutMs: 10_000 }

const stores: readonly [string, () => Cache][] = [
  ['memory', () => cacheIn(memoryStore())],
  ['memory, least recently used', () => cacheIn(memoryStore({ eviction: 'lru' }))],
  ['Redis', () => cacheIn(redisStore(server.url, patient))],
  ['memory before Redis', () => cacheIn(tieredStore(memoryStore(), redisStore(server.url, patient)))],
]

/** A site of which a page with a tag is stored, in two languages. */
async function siteIn(cache: Cache): Promise<{ app: Express; url: string }> {
  const app: Express = express().use(siteCache({ cache, tags: () => ['articles'] }))
  app.get('/page', (req, res) => res.send(`page in ${req.get('accept-language')}`))
  const url = `${await serve(app)}/page`
  for (const language of ['en', 'fr'])
    await fetch(url, { headers: { 'accept-language': language } }).then((res) => res.text())
  await cache.idle()
  return { app, url }
}

/** As fetch asks. */
const headers = { 'accept-language': 'en', accept: '*/*', 'accept-encoding': 'gzip, deflate' }

describe.each(stores)('a page in %s', (_, make) => {
  it('is explained by its URL alone, and by its application, and nothing changes', async () => {
    const cache = make()
    const { app, url } = await siteIn(cache)
    const events: unknown[] = []
    for (const event of CACHE_EVENTS) cache.on(event, (detail) => events.push(event, detail))
    const before = await cache.stats()
    events.length = 0
    const byUrl = await explain({ url, headers }, { cache })
    const byApp = await explain({ url, headers }, { app, cache })
    expect(events).toEqual([])
    expect({ ...(await cache.stats()), latency: 0 }).toEqual({ ...before, latency: 0 })
    for (const { layers } of [byUrl, byApp]) {
      expect(layers).toMatchObject([
        {
          wouldDo: { action: 'serve', assumesAbsent: [] },
          key: { of: 'page' },
          dependsOn: [{ name: 'accept-language', text: 'the header accept-language' }],
          stored: { variants: 2, max: 100 },
          page: { isOwn: true, status: 200, bytes: 10 },
          lifetime: { seconds: 600, source: 'site' },
          drops: { tags: ['articles'], route: '/page' },
          downstream: { browser: { stores: true }, cdn: { stores: true } },
          findings: [],
        },
      ])
      expect(layers[0]?.key?.parts).toContainEqual({ name: 'accept-language', value: 'en' })
      expect(JSON.parse(JSON.stringify(layers))).toMatchObject({})
    }
    const text = explainText(byUrl)
    expect(text).toContain("invalidateTags('articles')")
    expect(text).not.toMatch(/: fr\b|in fr\b/)
    await cache.close()
  })

  it('tells of purges: by tag, of the URL, soft and hard', async () => {
    const cache = make()
    const { app, url } = await siteIn(cache)
    await invalidateTags('articles', { cache, soft: true })
    const soft = await explain({ url, headers }, { app, cache })
    expect(soft.layers[0]).toMatchObject({
      wouldDo: { action: 'validate', forward: 'stale' },
      page: { purged: 'soft' },
      drops: { lastPurge: { by: 'tag', named: 'articles', mode: 'soft' } },
    })
    await invalidateTags('articles', { cache })
    const hard = await explain({ url, headers }, { app, cache })
    expect(hard.layers[0]).toMatchObject({
      wouldDo: { action: 'miss', forward: 'uri-miss' },
      stored: { list: [{ purged: 'hard' }, { purged: 'hard' }] },
      drops: { lastPurge: { by: 'tag', named: 'articles', mode: 'hard' } },
    })
    await invalidatePage(url, { cache })
    const gone = await explain({ url, headers }, { app, cache })
    expect(gone.layers[0]).toMatchObject({
      wouldDo: { forward: 'uri-miss' },
      stored: { variants: 0 },
      drops: { lastPurge: { by: 'url', mode: 'hard' } },
    })
    await cache.close()
  })
})

describe('an explanation', () => {
  it('makes nothing recent: what was used least still goes first', async () => {
    const store = memoryStore({ eviction: 'lru', maxEntries: 12, cullFrequency: 6 })
    const cache = cacheIn(store)
    const { app, url } = await siteIn(cache)
    const order: string[] = []
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 12; i += 1) await cache.set(`filled ${i}`, i)
    }
    cache.on('evict', ({ key }) => order.push(String(key).replace(/[\d.]{6,}|[\w-]{43}/g, '')))
    await fill()
    const plain = [...order]
    order.length = 0
    await cache.clear()
    await siteAgain(url)
    for (let i = 0; i < 5; i += 1) await explain({ url, headers }, { app, cache })
    await fill()
    expect(order).toEqual(plain)
    await cache.close()
  })

  it('has nothing of a visitor', async () => {
    const cache = freshCache()
    const app = express()
    app.use(session({ secret: 'x', resave: false, saveUninitialized: false }))
    app.use((req, res, next) => {
      res.locals.account = 'secret-local'
      Object.assign(req, { tenant: 'secret-tenant' })
      next()
    })
    app.use(
      siteCache({ cache, setCookie: 'strip', tags: (req: express.Request) => [`user:${req.get('x-user')}`] }),
    )
    app.get('/page', (req, res) => {
      const seen = [req.get('cookie'), req.get('x-user'), Reflect.get(req, 'tenant'), res.locals.account]
      res.set('Set-Cookie', 'id_0123456789abcdef=secret-cookie').send(seen.join())
    })
    const url = `${await serve(app)}/page`
    const visit = (user: string) =>
      fetch(url, { headers: { cookie: `a=secret-${user}`, 'x-user': `secret-${user}` } }).then((res) =>
        res.text(),
      )
    await visit('alice')
    await visit('bob')
    const target = { url, headers: { cookie: 'a=secret-mallory', 'x-user': 'mallory' } }
    for (const options of [{ app, cache }, { cache }]) {
      const explained = await explain(target, options)
      expect(explained.layers[0]?.stored.variants).toBeGreaterThan(0)
      for (const text of [JSON.stringify(explained), explainText(explained)]) {
        expect(text).not.toMatch(/secret|0123456789abcdef|alice|bob/)
      }
    }
  })

  it('says that the store fails, and does not throw', async () => {
    const store = new FaultyStore()
    const cache = createCaches({ default: { store } }).get('default')
    const { app, url } = await siteIn(cache)
    store.failure = new Error('it is down')
    for (const options of [{ app, cache }, { cache }]) {
      const explained = await explain({ url, headers }, options)
      expect(explained.layers[0]?.stored).toMatchObject({ variants: 0, failure: 'it is down' })
      expect(explained.layers[0]?.findings.map(({ reason }) => reason)).toContain('store')
      expect(explainText(explained)).toContain('unknown: it is down')
    }
  })

  it('is of the request that is being answered, and of the layers that it has passed', async () => {
    const cache = freshCache()
    const app = express()
    app.get('/early', async (req, res) => res.json(await explain(req, { cache })))
    app.use(siteCache({ cache, query: { except: ['utm_*'] } }))
    app.use(async (req, res) => res.set('Cache-Control', 'no-store').json(await explain(req)))
    const { body } = await request(app).get('/page?a=1&utm_x=2').set('Cookie', 'a=secret')
    expect(body).toMatchObject({ askedBy: 'request', url: '/page?a=1&utm_x=2', notes: [] })
    expect(body.layers).toMatchObject([{ kind: 'site', wouldDo: { action: 'miss', forward: 'uri-miss' } }])
    expect(body.layers[0].key.parts).toContainEqual({ name: 'query', value: 'a=1', dropped: ['utm_x=2'] })
    expect(JSON.stringify(body)).not.toContain('secret')
    const posted = await request(app).post('/page')
    expect(posted.body.layers).toMatchObject([{ wouldDo: { action: 'bypass', reason: 'method' } }])
    const early = await request(app).get('/early')
    expect(early.body.notes).toEqual(['The request has passed no layer of cache yet.'])
  })

  it('refuses what it can not explain', async () => {
    await expect(explain({ url: 'ftp://a/b' })).rejects.toThrow(/explain needs an absolute URL/)
    await expect(explain({ url: '/a', method: 'get it' })).rejects.toThrow(/explain.method/)
    await expect(explain({ url: '/a', headers: { 'a b': 'secret' } })).rejects.toThrow(/^(?!.*secret)/)
    await expect(explain({ url: '/a' }, { app: 1 } as never)).rejects.toThrow(/explain\.app/)
  })
})

async function siteAgain(url: string): Promise<void> {
  for (const language of ['en', 'fr'])
    await fetch(url, { headers: { 'accept-language': language } }).then((res) => res.text())
}
