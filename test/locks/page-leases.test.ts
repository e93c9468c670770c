import type { RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { type StoredValue, TooLargeError } from '@sitecache/core'
import {
  type Cache,
  cachePage,
  createCaches,
  memoryStore,
  type SiteOptions,
  siteCache,
} from '@sitecache/express'
import { ask, askInVain } from '@sitecache/test-support/ask'
import { serve } from '@sitecache/test-support/serve'
import { until } from '@sitecache/test-support/servers/redis'
import { stopwatch } from '@sitecache/test-support/stopwatch'
import { TurnStore } from '@sitecache/test-support/turn-store'
import express from 'express'

/** A store elsewhere that answers at once. */
class OpenStore extends TurnStore {
  override open = true

  /** Its keys that have to do with locks. */
  get locks(): readonly string[] {
    return [...this.entries.keys()].filter((key) => /:(lease|lock|mark)\b/.test(key))
  }

  /** Those of leases that are held, and of marks. */
  get held(): readonly string[] {
    return this.locks.filter((key) => !key.endsWith(':lease-token'))
  }
}

/** A site whose handler is counted. */
function siteOn(
  cache: Cache,
  options: SiteOptions,
  answer: express.RequestHandler = (_req, res) => void res.send('page'),
) {
  const state = { renders: 0 }
  const app: RequestListener = express().use(siteCache({ cache, ...options }), (req, res, next) => {
    state.renders += 1
    return answer(req, res, next)
  })
  return { app, state }
}

const cacheOn = (store: TurnStore, onError: 'miss' | 'throw' = 'miss') =>
  createCaches({ default: { store, onError } }).get('default')

describe('lock', () => {
  it('leaves nothing of itself where it is off, and in a store of this process', async () => {
    const elsewhere = new OpenStore()
    const here = memoryStore()
    for (const [store, lock] of [[elsewhere, false] as const, [here, true] as const]) {
      const cache = createCaches({ default: { store } }).get('default')
      const { app } = siteOn(cache, { lock })
      const url = await serve(app)
      await Promise.all([ask(`${url}/a`), ask(`${url}/a`), ask(`${url}/b`)])
      await cache.idle()
    }
    expect(elsewhere.locks).toEqual([])
    expect(here.sync?.get('::lease-token')).toBeUndefined()
  })

  it('costs a hit nothing', async () => {
    const store = new OpenStore()
    const cache = cacheOn(store)
    const url = await serve(siteOn(cache, { lock: true }).app)
    for (const path of ['/a', '/a']) await ask(url + path)
    await cache.idle()
    store.operations.length = 0
    expect((await ask(`${url}/a`)).cacheStatus).toMatch(/; hit/)
    expect(store.operations).toEqual(['getMany'])
  })

  it('is over when the page is stored', async () => {
    const store = new OpenStore()
    const cache = cacheOn(store)
    const url = await serve(siteOn(cache, { lock: true }).app)
    expect((await ask(`${url}/a`)).cacheStatus).toMatch(/stored/)
    await cache.idle()
    expect([store.held, store.locks]).toEqual([[], ['::lease-token']])
  })

  it.each<[string, express.RequestHandler, string]>([
    ['is nobody else’s', (_req, res) => void res.set('Cache-Control', 'private').send('mine'), 'unstorable'],
    ['fails', (_req, _res, next) => next(new Error('no database')), 'failed'],
  ])('is over when the response %s, and leaves word of it', async (_, answer, word) => {
    const store = new OpenStore()
    const cache = cacheOn(store)
    const { app } = siteOn(cache, { lock: true }, answer)
    ;(app as express.Express).use(((_error, _req, res, _next) =>
      res.status(500).send('failed')) as express.ErrorRequestHandler)
    const url = await serve(app)
    await ask(`${url}/a`)
    await cache.idle()
    const [mark = '', ...others] = store.held
    expect([others, String(store.entries.get(mark)?.value)]).toEqual([[], word])
  })

  it('tells the others not to wait for a page that the store would not have', async () => {
    const store = new (class extends OpenStore {
      override async set(key: string, value: StoredValue, expires: number | null) {
        if (/:page:/.test(key)) throw new TooLargeError('a page is over the limit of an item')
        await super.set(key, value, expires)
      }
    })()
    const cache = cacheOn(store)
    const url = await serve(siteOn(cache, { lock: true }).app)
    await ask(`${url}/a`)
    await cache.idle()
    const [mark = '', ...others] = store.held
    expect([others, String(store.entries.get(mark)?.value)]).toEqual([[], 'failing'])
  })

  it('is over when its visitor hangs up, with nobody waiting', async () => {
    const store = new OpenStore()
    const { app, state } = siteOn(cacheOn(store), { lock: true }, () => {})
    const url = await serve(app)
    const visitor = askInVain(`${url}/a`)
    await until(() => state.renders === 1)
    expect(store.held.some((key) => key.includes(':lease:'))).toBe(true)
    visitor.destroy()
    await until(() => !store.held.some((key) => key.includes(':lease:')))
  })

  it('is over after lockTimeout, though the handler hangs', async () => {
    const store = new OpenStore()
    const { app, state } = siteOn(cacheOn(store), { lock: true, lockTimeout: 0.2 }, () => {})
    const url = await serve(app)
    const visitor = askInVain(`${url}/a`)
    await until(() => state.renders === 1)
    await until(() => store.held.length === 0)
    visitor.destroy()
  })

  it('is each layer’s own, in a request of the cache’s own too', async () => {
    const store = new OpenStore()
    const cache = cacheOn(store)
    const stale = { lock: true, staleWhileRevalidate: 60, cache }
    let renders = 0
    const app = express().use(siteCache({ ...stale, timeout: 1 }))
    app.get('/a', cachePage(1, stale), (_req, res) => void res.send(`render ${++renders}`))
    const url = await serve(app)
    const elapsed = stopwatch()
    await ask(`${url}/a`)
    expect(elapsed()).toBeLessThan(1000)
    await cache.idle()
    await until(async () => (await ask(`${url}/a`)).body !== 'render 1')
    await cache.idle()
    expect(elapsed()).toBeLessThan(4000)
    expect(store.held).toEqual([])
  })

  it('needs coalesce', () => {
    expect(() => siteCache({ lock: true, coalesce: false })).toThrow(
      /siteCache\.lock must be true only with coalesce/,
    )
    expect(() => cachePage(60, { lock: 'yes' as never })).toThrow(/cachePage\.lock/)
  })
})

describe('with lock, a store', () => {
  it.each(['miss', 'throw'] as const)('that fails holds up nobody, with onError: %s', async (onError) => {
    const store = new OpenStore()
    const cache = cacheOn(store, onError)
    const { app, state } = siteOn(cache, { lock: true })
    const url = await serve(app)
    store.failure = new Error('down')
    const elapsed = stopwatch()
    const answers = await Promise.all([1, 2, 3].map(() => ask(`${url}/a`)))
    expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(Array(3).fill('200 page'))
    expect([state.renders > 0, elapsed() < 3000]).toEqual([true, true])
    expect((await cache.stats().catch(() => ({ errors: 1 }))).errors).toBeGreaterThan(0)
  })

  it('whose locks are garbage is a store without them, within the bound', async () => {
    const store = new (class extends OpenStore {
      override async get(key: string) {
        if (!/:mark:/.test(key)) return super.get(key)
        return { value: Buffer.from('constructor'), expires: null }
      }

      /** Somebody holds everything, for ever. */
      override async add(key: string, value: Uint8Array, expires: number | null) {
        return /:lease:/.test(key) ? false : super.add(key, value, expires)
      }
    })()
    const { app } = siteOn(cacheOn(store), { lock: true, lockTimeout: 0.3 })
    const url = await serve(app)
    const [began, elapsed] = [performance.now(), stopwatch()]
    expect(await ask(`${url}/a`)).toMatchObject({ status: 200, body: 'page' })
    expect(elapsed()).toBeLessThan(2000)
    expect(performance.now() - began).toBeGreaterThan(250)
  })
})
