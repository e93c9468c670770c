import { describe, expect, it, jest } from '@jest/globals'
import {
  BaseStore,
  type Cache,
  type CacheSettings,
  createCaches,
  type Entry,
  KeyNotFoundError,
  memoryStore,
  SettingsError,
  type StoredValue,
  StoreError,
  tieredStore,
  ValueError,
} from '../index.js'

function make(settings: Partial<CacheSettings> = {}, now: () => number = Date.now): Cache {
  return createCaches({ default: { store: memoryStore({ now }), ...settings } }, { now }).get('default')
}

class BrokenStore extends BaseStore {
  readonly name = 'broken'
  get = (): Promise<Entry | undefined> => Promise.reject(new Error('down'))
  set = (): Promise<void> => Promise.reject(new Error('down'))
  delete = (): Promise<boolean> => Promise.reject(new Error('down'))
  clear = (): Promise<void> => Promise.reject(new Error('down'))
}

describe('Cache', () => {
  describe('clear', () => {
    it('leaves other prefixes alone', async () => {
      const store = memoryStore()
      const caches = createCaches({
        default: 'memory:',
        a: { store, keyPrefix: 'a' },
        ab: { store, keyPrefix: 'ab' },
        none: { store },
      })
      for (const alias of caches) await caches.get(alias).set('a:1:k', alias)
      await caches.get('a').set('k', 1, { version: 7 })
      await caches.get('a').clear()
      const others = [...caches].filter((alias) => alias !== 'default')
      expect(await Promise.all(others.map((alias) => caches.get(alias).has('a:1:k')))).toEqual([
        false,
        true,
        true,
      ])
      expect(await caches.get('a').has('k', { version: 7 })).toBe(false)
    })

    it('refuses where keyFunction leaves the prefix out', async () => {
      const cache = make({ keyPrefix: 'a', keyFunction: (key) => key })
      await cache.set('k', 1)
      await expect(cache.clear()).rejects.toThrow(/keyFunction must make keys that begin with 'a:'/)
      expect(await cache.get('k')).toBe(1)
    })
  })

  describe('a store that fails', () => {
    it('is a miss, an event and a count', async () => {
      const cache = make({ store: new BrokenStore() })
      const operations: unknown[] = []
      cache.on('error', ({ operation }) => operations.push(operation))
      await cache.set('k', 1)
      expect(await cache.get('k', { default: 'd' })).toBe('d')
      expect(await cache.add('k', 1)).toBe(false)
      expect(await cache.getOrSet('k', () => 2)).toBe(2)
      expect(await cache.setMany({ k: 1 })).toEqual(['k'])
      expect(await cache.entries.get('x')).toBeUndefined()
      await expect(cache.incr('k')).rejects.toThrow(KeyNotFoundError)
      expect(operations).toEqual(['set', 'get', 'add', 'get', 'set', 'get', 'incr'])
      expect((await cache.stats()).errors).toBe(7)
    })

    it('is a StoreError of clear(), which may have dropped nothing', async () => {
      const cache = make({ store: new BrokenStore() })
      await expect(cache.clear()).rejects.toThrow(
        /clear of cache 'default' failed.*may still be served: down/,
      )
      expect((await cache.stats()).errors).toBe(2)
    })

    it("is a StoreError with its cause under onError 'throw'", async () => {
      const cache = make({ store: new BrokenStore(), onError: 'throw' })
      await expect(cache.get('k')).rejects.toThrow(StoreError)
      await expect(cache.get('k')).rejects.toMatchObject({ cause: { message: 'down' } })
    })

    it('is one whose bytes can not be read', async () => {
      const cache = make()
      const heard = jest.fn()
      cache.on('error', heard)
      await cache.store.set(cache.makeKey('k'), Buffer.from('\u0001\u00c1garbage'), null)
      expect(await cache.get('k')).toBeUndefined()
      expect(await cache.getOrSet('k', () => 'new')).toBe('new')
      expect(heard).toHaveBeenCalledTimes(2)
    })
  })

  describe('misuse', () => {
    it.each<[string, (cache: Cache) => Promise<unknown>]>([
      ['a key that is no string', (cache) => cache.get(1 as unknown as string)],
      ['a version that is no whole number', (cache) => cache.get('k', { version: 1.5 })],
      ['a value that can not be stored', (cache) => cache.set('k', () => 1)],
      ['undefined', (cache) => cache.set('k', undefined)],
      ['a delta that is no whole number', (cache) => cache.incr('k', 0.5)],
      ['a sum that is not safe', (cache) => cache.set('k', 2 ** 53 - 1).then(() => cache.incr('k'))],
    ])('rejects %s', async (_, use) => expect(use(make())).rejects.toThrow(ValueError))

    it('rejects a timeout that can not be read', async () => {
      // @ts-expect-error no duration
      await expect(make().set('k', 1, 'soon')).rejects.toThrow(/timeout must be seconds, .*; got 'soon'/)
    })
  })

  it.each<[string, (cache: Cache) => Promise<unknown>]>([
    ['set().ttl is not an option.', (cache) => cache.set('k', 1, { ttl: 5 } as object)],
    ['Did you mean timeout?', (cache) => cache.set('k', 1, { timeuot: 5 } as object)],
    ['add().ttl', (cache) => cache.add('k', 1, { ttl: 5 } as object)],
    ['setMany().ttl', (cache) => cache.setMany({ k: 1 }, { ttl: 5 } as object)],
    ['touch().tags', (cache) => cache.touch('k', { tags: ['t'] })],
    [
      'Did you mean staleWhileRevalidate?',
      (cache) => cache.getOrSet('k', 1, { staleWhileRevalidat: 60 } as object),
    ],
    ['get().vesion', (cache) => cache.get('k', { vesion: 2 } as object)],
    ['getMany().vesion', (cache) => cache.getMany(['k'], { vesion: 2 } as object)],
    ['has().default', (cache) => cache.has('k', { default: 1 } as object)],
    ['delete().vesion', (cache) => cache.delete('k', { vesion: 2 } as object)],
    ['deleteMany().vesion', (cache) => cache.deleteMany(['k'], { vesion: 2 } as object)],
    ['incr().timeout', (cache) => cache.incr('k', 1, { timeout: 2 } as object)],
    ['incrVersion().timeout', (cache) => cache.incrVersion('k', 1, { timeout: 2 } as object)],
    ['wrap().ttl', async (cache) => cache.wrap(() => 1, { key: 'k', ttl: 5 } as object)],
    ['set() must be an object of options', (cache) => cache.set('k', 1, new Date() as object)],
    ['set() must be an object of options', (cache) => cache.set('k', 1, new Map() as object)],
    ['get() must be an object of options', (cache) => cache.get('k', null as unknown as object)],
  ])('refuses an option that a call does not have: %s', async (message, call) => {
    const cache = make()
    await expect(call(cache)).rejects.toThrow(SettingsError)
    await expect(call(cache)).rejects.toThrow(message)
  })

  it('warns once of each fault of its keys, without showing them', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const cache = make()
    for (const key of ['secret key', 'secret key 2', 's'.repeat(251), 's'.repeat(300)]) await cache.get(key)
    const calls = warn.mock.calls.map(([message, options]) => [
      String(message).includes('s'.repeat(9)),
      options,
    ])
    warn.mockRestore()
    expect(calls).toEqual([
      [false, { type: 'SitecacheWarning', code: 'SITECACHE_KEY' }],
      [false, { type: 'SitecacheWarning', code: 'SITECACHE_KEY' }],
    ])
  })

  it('moves a value to another version with what is left of its timeout', async () => {
    let time = 0
    const cache = make({}, () => time)
    await cache.set('k', 'v', 10)
    time = 6000
    expect(await cache.incrVersion('k', 2)).toBe(3)
    expect([await cache.has('k'), await cache.get('k', { version: 3 })]).toEqual([false, 'v'])
    time = 11_000
    expect(await cache.has('k', { version: 3 })).toBe(false)
  })

  it('counts evictions of its own keys only', async () => {
    const store = memoryStore({ maxEntries: 1 })
    const caches = createCaches({
      default: 'memory:',
      a: { store, keyPrefix: 'a' },
      b: { store, keyPrefix: 'b' },
    })
    await caches.get('a').set('k', 1)
    await caches.get('b').set('k', 1)
    const evictions = async (alias: string) => (await caches.get(alias).stats()).evictions
    expect([await evictions('a'), await evictions('b')]).toEqual([1, 0])
  })

  it('counts and tells', async () => {
    const cache = make()
    const told: unknown[] = []
    const stop = cache.on('hit', (detail) => told.push(detail))
    await cache.set('k', 1)
    await cache.getMany(['k', 'none'])
    stop()
    await cache.get('k')
    expect(told).toEqual([{ cache: 'default', key: ':1:k' }])
    expect(await cache.stats()).toMatchObject({ hits: 2, misses: 1, sets: 1, errors: 0, entries: 1 })
  })
})

describe('peek', () => {
  it('answers without waiting where the store lives in this process', async () => {
    const cache = createCaches({ default: 'memory:' }).get('default')
    expect(cache.peek('a')).toEqual({ hit: false, value: undefined })
    await cache.set('a', null)
    expect(cache.peek('a')).toEqual({ hit: true, value: null })
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 1 })
  })

  it('knows nothing of a key that is being computed', async () => {
    const cache = createCaches({ default: 'memory:' }).get('default')
    const value = cache.getOrSet('a', async () => 1)
    expect(cache.peek('a')).toBeUndefined()
    await value
    expect(cache.peek('a')).toEqual({ hit: true, value: 1 })
  })

  it('knows nothing where it would have to wait, but for what is near', async () => {
    const far = new (class extends BaseStore {
      readonly name = 'far'
      readonly #memory = memoryStore()
      get = (key: string) => this.#memory.get(key)
      set = (key: string, value: StoredValue, expires: number | null) => this.#memory.set(key, value, expires)
      delete = (key: string) => this.#memory.delete(key)
      clear = (prefix: string) => this.#memory.clear(prefix)
    })()
    const cache = createCaches({ default: { store: far } }).get('default')
    await cache.set('a', 1)
    expect(cache.peek('a')).toBeUndefined()
    const tiered = createCaches({ default: { store: tieredStore(memoryStore(), far) } }).get('default')
    expect(tiered.peek('a')).toBeUndefined()
    await tiered.get('a')
    expect(tiered.peek('a')).toEqual({ hit: true, value: 1 })
  })
})
