import { describe, expect, it } from '@jest/globals'
import {
  addCacheTags,
  type Cache,
  cachePage,
  cacheTags,
  createCaches,
  invalidatePage,
  invalidateRoute,
  invalidates,
  invalidateTags,
  memoryStore,
  purge,
  type SiteOptions,
  siteCache,
} from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { passSeconds } from '@sitecache/test-support/clock'
import { getRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import express, { type Express } from 'express'

const stores = {
  'a store in the process': () => memoryStore(),
  'a store that keeps bytes': () => new ByteStore(),
}

interface Site {
  readonly app: Express
  readonly cache: Cache
  renders(): number
  hit(path: string): Promise<boolean>
}

function site(store: keyof typeof stores = 'a store in the process', options: SiteOptions = {}): Site {
  const cache = createCaches({ default: { store: stores[store]() } }).get('default')
  const app = express().use(siteCache({ cache, ...options }))
  let renders = 0
  app.use((_req, _res, next) => {
    renders += 1
    next()
  })
  app.get('/articles', cacheTags('articles'), (_req, res) => res.send(`list ${renders}`))
  app.get('/articles/:id', (req, res) => {
    addCacheTags(res, 'articles', `article:${req.params.id}`)
    res.send(`article ${renders}`)
  })
  app.get('/plain', (_req, res) => res.send(`plain ${renders}`))
  const hit = async (path: string): Promise<boolean> => {
    const { headers } = await request(app).get(path)
    return /hit/.test(String(headers['cache-status']))
  }
  return { app, cache, renders: () => renders, hit }
}

async function warm({ hit }: Site): Promise<void> {
  for (const path of ['/articles', '/articles/1', '/articles/2', '/plain']) {
    await hit(path)
    expect(await hit(path)).toBe(true)
  }
}

describe.each(Object.keys(stores) as (keyof typeof stores)[])('on %s', (store) => {
  it('a tag drops all pages that have it, and no other', async () => {
    const it = site(store)
    await warm(it)
    await invalidateTags('article:1', { cache: it.cache })
    expect([await it.hit('/articles/1'), await it.hit('/articles/2'), await it.hit('/articles')]).toEqual([
      false,
      true,
      true,
    ])
    expect(await it.hit('/articles/1')).toBe(true)
    await invalidateTags('articles', 'unknown', { cache: it.cache })
    expect([await it.hit('/articles/1'), await it.hit('/articles/2'), await it.hit('/articles')]).toEqual([
      false,
      false,
      false,
    ])
    expect(await it.hit('/plain')).toBe(true)
  })

  it('a route drops its pages', async () => {
    const it = site(store)
    await warm(it)
    await invalidateRoute('/articles/:id', { cache: it.cache })
    expect([await it.hit('/articles/1'), await it.hit('/articles/2')]).toEqual([false, false])
    expect([await it.hit('/articles'), await it.hit('/plain')]).toEqual([true, true])
  })

  it('fences what is being rendered: the page goes to its client, and is not given to others', async () => {
    const { cache } = site(store)
    const app = express().use(siteCache({ cache }))
    let renders = 0
    app.get('/', cacheTags('a'), async (_req, res) => {
      renders += 1
      if (renders === 1) await invalidateTags('a', { cache })
      res.send(`render ${renders}`)
    })
    const texts = []
    for (let i = 0; i < 3; i++) texts.push((await request(app).get('/')).text)
    expect(texts).toEqual(['render 1', 'render 2', 'render 2'])
  })

  it('invalidates() drops by the response of a mutation, and its client finds it done', async () => {
    const it = site(store)
    it.app.post(
      '/save/:id',
      invalidates((req) => `article:${(req as express.Request).params.id}`, { cache: it.cache }),
      (req, res) => res.status(req.params.id === '2' ? 409 : 200).send('saved'),
    )
    await warm(it)
    await request(it.app).post('/save/1')
    await request(it.app).post('/save/2')
    expect([await it.hit('/articles/1'), await it.hit('/articles/2')]).toEqual([false, true])
  })

  it('a soft purge leaves pages as stale: the next visitor gets one at once, and a new one is made behind', async () => {
    const it = site(store, { staleWhileRevalidate: '1h' })
    const { url, close } = await listen(it.app)
    const get = async (path: string): Promise<string> => (await getRaw(url, path)).body.toString()
    const first = await get('/articles/1')
    await invalidateTags('article:1', { cache: it.cache, soft: true })
    expect(await get('/articles/1')).toBe(first)
    await it.cache.idle()
    const second = await get('/articles/1')
    expect(second).not.toBe(first)
    await invalidatePage(`${url}/articles/1`, { cache: it.cache, soft: true })
    expect(await get('/articles/1')).toBe(second)
    await it.cache.idle()
    expect(await get('/articles/1')).not.toBe(second)
    await invalidatePage(`${url}/articles/1`, { cache: it.cache })
    const before = it.renders()
    await get('/articles/1')
    expect(it.renders()).toBe(before + 1)
    await close()
  })

  it('a soft purge without leave to serve stale pages is a miss', async () => {
    const it = site(store)
    await warm(it)
    await invalidateTags('articles', { cache: it.cache, soft: true })
    expect(await it.hit('/articles')).toBe(false)
  })
})

describe('10,000 tags', () => {
  it('stay with a page, and each of them drops it', async () => {
    const tags = Array.from({ length: 10_000 }, (_, i) => `tag ${i}`)
    const cache = createCaches({ default: { store: new ByteStore() } }).get('default')
    const app = express().get('/', cachePage(60, { cache, tags: () => tags }), (_req, res) => res.send('x'))
    await request(app).get('/')
    await invalidateTags('another', { cache })
    expect((await request(app).get('/')).headers['cache-status']).toMatch(/hit/)
    await invalidateTags('tag 9999', { cache })
    expect((await request(app).get('/')).headers['cache-status']).not.toMatch(/hit/)
  })
})

describe('tags of a page', () => {
  it('are not sent to clients', async () => {
    const it = site()
    expect(JSON.stringify((await request(it.app).get('/articles/1')).headers)).not.toMatch(/article/)
  })

  it.each([
    ['Cache-Tag', 'articles,article:1'],
    ['Surrogate-Key', 'articles article:1'],
    ['Cache-Groups', '"articles", "article:1"'],
  ])('are told in %s, where it is asked for, on a hit too', async (tagHeader, value) => {
    const it = site('a store in the process', { tagHeader })
    for (let i = 0; i < 2; i++)
      expect((await request(it.app).get('/articles/1')).headers[tagHeader.toLowerCase()]).toBe(value)
  })

  it('stay with it when a 304 brings it up to date', async () => {
    const cache = createCaches({ default: { store: memoryStore() } }).get('default')
    const app = express().use(siteCache({ cache, policy: 'rfc9111' }))
    app.get('/', cacheTags('a'), (req, res) => {
      res.set({ ETag: '"v1"', 'Cache-Control': 'max-age=60' })
      return req.fresh ? res.status(304).end() : res.send('x')
    })
    await request(app).get('/')
    passSeconds(61)
    await request(app).get('/')
    await invalidateTags('a', { cache })
    expect((await request(app).get('/')).headers['cache-status']).toMatch(/fwd=(uri|vary)-miss/)
  })

  it.each([[''], ['x'.repeat(257)], [7]])('are texts, not %p', (tag) => {
    expect(() => cacheTags(tag as string)).toThrow(/a tag is a text of 1 to 256 characters/)
  })
})

describe('RFC 9875: Cache-Groups', () => {
  function grouped() {
    const cache = createCaches({ default: { store: memoryStore() } }).get('default')
    const app = express().use(siteCache({ cache }))
    app.get('/:name', (req, res) => res.set('Cache-Groups', '"lists", "x y"').send(req.params.name))
    app.all('/change', (_req, res) => res.set('Cache-Group-Invalidation', '"x y"').send('changed'))
    return app
  }
  const isHit = async (app: Express, path: string, host = 'site.example'): Promise<boolean> =>
    /hit/.test(String((await request(app).get(path).set('Host', host)).headers['cache-status']))

  it('are made out of date by a response to an unsafe request, of the same origin alone', async () => {
    const app = grouped()
    for (const host of ['site.example', 'other.example']) await isHit(app, '/a', host)
    await request(app).put('/change')
    expect([await isHit(app, '/a'), await isHit(app, '/a', 'other.example')]).toEqual([false, true])
  })

  it('are not by a safe request, nor by one that failed', async () => {
    const app = grouped()
    app.post('/fail', (_req, res) => res.status(500).set('Cache-Group-Invalidation', '"x y"').send('failed'))
    await isHit(app, '/a')
    await request(app).get('/change')
    await request(app).post('/fail')
    expect(await isHit(app, '/a')).toBe(true)
  })
})

describe('purge()', () => {
  function purged(
    authorize: (req: { headers: Record<string, unknown> }) => boolean = ({ headers }) =>
      headers['x-token'] === 'secret',
  ) {
    const it = site()
    const app = express()
    app.use('/purge', purge({ authorize, cache: it.cache }))
    app.use(purge({ authorize, cache: it.cache }))
    app.use(it.app)
    const hit = async (path: string): Promise<boolean> =>
      /hit/.test(String((await request(app).get(path)).headers['cache-status']))
    return { ...it, app, hit }
  }

  it('needs to know who may', () => {
    expect(() => purge({} as never)).toThrow(/purge\.authorize must be a function/)
  })

  it('is closed to others', async () => {
    const it = purged()
    await it.hit('/articles/1')
    for (const asked of [
      request(it.app)
        .post('/purge')
        .send({ tags: ['articles'] }),
      request(it.app)
        .post('/purge')
        .set('X-Token', 'wrong')
        .send({ tags: ['articles'] }),
    ])
      expect((await asked).status).toBe(403)
    expect(await it.hit('/articles/1')).toBe(true)
    const broken = purged(() => {
      throw new Error('no')
    })
    expect((await request(broken.app).post('/purge').send({})).status).toBe(403)
  })

  it('drops what a POST names', async () => {
    const it = purged()
    for (const path of ['/articles/1', '/articles/2', '/plain', '/articles']) await it.hit(path)
    const asked = { tags: ['article:1'], urls: ['http://site.example/plain'], routes: ['/articles'] }
    const { status, body } = await request(it.app).post('/purge').set('X-Token', 'secret').send(asked)
    expect([status, body]).toEqual([200, { urls: 1, tags: 1, routes: 1 }])
    const hits = []
    for (const path of ['/articles/1', '/articles/2', '/plain', '/articles']) hits.push(await it.hit(path))
    expect(hits).toEqual([false, true, false, false])
  })

  it('drops the URL of a PURGE', async () => {
    const it = purged()
    await it.hit('/articles/1')
    const { url, close } = await listen(it.app)
    const ask = (token: string) =>
      fetch(`${url}/articles/1`, { method: 'PURGE', headers: { 'X-Token': token } })
    await fetch(`${url}/articles/1`)
    expect((await ask('wrong')).status).toBe(403)
    expect(await (await ask('secret')).json()).toEqual({ purged: true })
    expect(await (await ask('secret')).json()).toEqual({ purged: false })
    await close()
  })
})
