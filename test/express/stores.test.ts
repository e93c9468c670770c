import { describe, expect, it } from '@jest/globals'
import {
  type Cache,
  cachePage,
  createCaches,
  dummyStore,
  getPageKey,
  invalidatePage,
  memoryStore,
  siteCache,
} from '@sitecache/express'
import { ByteStore } from '@sitecache/test-support/byte-store'
import request from '@sitecache/test-support/request'
import express from 'express'
import express4 from 'express4'
import fc from 'fast-check'

function setUp() {
  const store = new ByteStore()
  const caches = createCaches({ default: { store, keyPrefix: 'shop' } })
  const cache = caches.get('default')
  const errors: unknown[] = []
  cache.on('error', ({ error }) => errors.push(error))
  const app = express().use(siteCache({ cache }))
  let renders = 0
  app.get('/', (req, res) => {
    renders += 1
    res.vary('Accept-Language').set('X-Names', ['a', 'b']).status(200)
    res.send(`${req.get('accept-language')} ${'ü'.repeat(2000)}`)
  })
  const ask = async (language = 'de') => {
    const response = await request(app).get('/').set('Accept-Language', language)
    await caches.idle()
    return response
  }
  return { store, cache, caches, errors, ask, renders: () => renders }
}

describe('a store that keeps bytes', () => {
  it('gives pages back the same to the byte', async () => {
    const { ask, renders, errors } = setUp()
    const first = await ask()
    const hit = await ask()
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.text).toBe(first.text)
    expect(hit.headers['x-names']).toBe(first.headers['x-names'])
    expect((await ask('fr')).text).toMatch(/^fr/)
    expect((await ask('fr')).text).toMatch(/^fr/)
    expect([renders(), errors]).toEqual([2, []])
  })

  it('holds readable keys, and getPageKey names the page', async () => {
    const { ask, cache, store } = setUp()
    await ask()
    const key = await getPageKey(
      { url: 'http://site.example/', headers: { 'accept-language': 'de' } },
      { cache },
    )
    expect([...store.entries.keys()].sort()).toEqual([
      expect.stringMatching(/^shop:1::page:4:/),
      expect.stringMatching(/^shop:1::vary:4:/),
      expect.stringMatching(/^shop::fence:4:/),
      'shop::tag:epoch',
      'shop::tag:purged:=sitecache:route:/',
    ])
    expect(store.entries.has(cache.makeKey(String(key)))).toBe(true)
    await cache.delete(String(key))
    expect((await ask()).headers['cache-status']).toMatch(/uri-miss; stored/)
  })

  it('is purged, and keeps nothing that was rendered before', async () => {
    const { ask, cache, renders } = setUp()
    await ask()
    expect(await invalidatePage('http://site.example/', { cache })).toBe(true)
    await ask()
    await ask()
    expect(renders()).toBe(2)
  })
})

describe('a store that answers garbage', () => {
  it('is a miss, an error event and a count, and the visitor gets the page', async () => {
    const { ask, store, cache, errors, renders } = setUp()
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (record, at, flip) => {
        store.entries.clear()
        await ask()
        const before = renders()
        const key =
          [...store.entries.keys()].find((name) => name.includes(record ? ':vary:' : ':page:')) ?? ''
        const entry = store.entries.get(key)
        if (entry === undefined) throw new Error('nothing was stored')
        const index = at % entry.bytes.length
        entry.bytes.writeUInt8(entry.bytes.readUInt8(index) ^ flip, index)
        const count = errors.length
        const response = await ask()
        expect(response.status).toBe(200)
        expect(response.text).toMatch(/^de ü+$/)
        expect([renders(), errors.length > count]).toEqual([before + 1, true])
        expect((await ask()).headers['cache-status']).toMatch(/hit/)
      }),
      { numRuns: 50 },
    )
    expect((await cache.stats()).errors).toBe(errors.length)
  })

  it.each(['empty', 'truncated', 'foreign'])('%s entries are misses', async (kind) => {
    const { ask, store } = setUp()
    await ask()
    for (const entry of store.entries.values()) {
      if (kind === 'foreign') entry.bytes = Buffer.from('{"status":200,"body":"evil"}')
      else entry.bytes = entry.bytes.subarray(0, kind === 'empty' ? 0 : entry.bytes.length - 1)
    }
    expect((await ask()).headers['cache-status']).toBe('sitecache; fwd=uri-miss; stored')
    expect((await ask()).headers['cache-status']).toMatch(/hit/)
  })
})

describe('a store that fails', () => {
  it('is a miss, and caching resumes when it is back', async () => {
    const { ask, store, errors, renders } = setUp()
    await ask()
    store.failure = new Error('connection refused')
    for (let i = 0; i < 3; i += 1) expect((await ask()).status).toBe(200)
    expect(renders()).toBe(4)
    expect(errors.length).toBeGreaterThan(0)
    store.failure = undefined
    await ask()
    expect((await ask()).headers['cache-status']).toMatch(/hit/)
  })
})

describe('a handler that throws behind a store that answers by promises', () => {
  it.each([
    ['Express 5', express],
    ['Express 4', express4],
  ])('is answered by the error handler: %s', async (_name, framework) => {
    const cache = createCaches({ default: { store: new ByteStore() } }).get('default')
    const app = framework()
    app.get(
      '/',
      cachePage(60, { cache })(() => {
        throw new Error('database gone')
      }),
    )
    app.use(((error: Error, _req, res, _next) => {
      res.status(503).send(error.message)
    }) as express.ErrorRequestHandler)
    expect((await request(app).get('/')).text).toBe('database gone')
  })
})

describe('a key function that throws', () => {
  it('keeps the cache out of it, and breaks no request', async () => {
    let calls = 0
    const keyFunction = (key: string, prefix: string, version: number): string => {
      calls += 1
      if (calls > 4) throw new Error('fault')
      return `${prefix}:${version}:${key}`
    }
    const cache = createCaches({ default: { store: memoryStore(), keyFunction } }).get('default')
    const app = express()
      .use(siteCache({ cache }))
      .get('/', (_req, res) => {
        res.send('page')
      })
    for (let i = 0; i < 6; i += 1) expect((await request(app).get('/')).text).toBe('page')
    expect((await cache.stats()).errors).toBeGreaterThan(0)
  })
})

describe('the dummy store', () => {
  it('stores nothing and breaks nothing', async () => {
    const cache: Cache = createCaches({ default: { store: dummyStore() } }).get('default')
    let renders = 0
    const app = express()
      .use(siteCache({ cache }))
      .get('/', (_req, res) => {
        renders += 1
        res.send('x')
      })
    for (let i = 0; i < 2; i += 1) expect((await request(app).get('/')).text).toBe('x')
    expect(renders).toBe(2)
  })
})

describe('events and counts', () => {
  it('tell what became of each request, and no key or URL', async () => {
    const { ask, cache } = setUp()
    const events: string[] = []
    for (const event of ['hit', 'miss', 'store', 'skip'] as const) {
      cache.on(event, (detail) => {
        events.push(event)
        expect(JSON.stringify(detail)).not.toMatch(/site\.example|page:1/)
      })
    }
    await ask()
    await ask()
    expect(events).toEqual(['miss', 'store', 'hit'])
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 1, stores: 1, errors: 0 })
  })
})
