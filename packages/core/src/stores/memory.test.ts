import { describe, expect, it } from '@jest/globals'
import { createCaches, type MemoryStoreOptions, memoryStore, SettingsError, TooLargeError } from '../index.js'

const bytes = (length: number) => Buffer.alloc(length)
const keysOf = async (store: ReturnType<typeof memoryStore>, keys: string[]) => [
  ...(await store.getMany(keys)).keys(),
]

async function filled(options: MemoryStoreOptions, keys: string[]) {
  const store = memoryStore(options)
  for (const key of keys) await store.set(key, bytes(1), null)
  return store
}

describe('memoryStore', () => {
  describe('maxBytes', () => {
    it('drops the least recently used, and tells', async () => {
      const store = memoryStore({ maxBytes: 6000 })
      const evicted: string[] = []
      store.onEvict?.((key) => evicted.push(key))
      for (const key of ['a', 'b']) await store.set(key, bytes(2000), null)
      await store.get('a')
      await store.set('c', bytes(2000), null)
      expect(await keysOf(store, ['a', 'b', 'c'])).toEqual(['a', 'c'])
      expect(evicted).toEqual(['b'])
    })

    it('never counts more than it allows, whatever comes', async () => {
      const store = memoryStore({ maxBytes: 10_000 })
      for (let i = 0; i < 500; i++) await store.set(`k${i}`, bytes((i * 37) % 3000), null)
      const { bytes: held = 0, entries = 0 } = await store.stats()
      expect(held).toBeLessThanOrEqual(10_000)
      expect(entries).toBeGreaterThan(1)
    })

    it('refuses a larger value, and drops the one before it', async () => {
      const store = memoryStore({ maxBytes: 3000 })
      await store.set('k', bytes(10), null)
      await expect(store.set('k', bytes(4000), null)).rejects.toThrow(TooLargeError)
      expect(await store.get('k')).toBeUndefined()
    })

    it('is told by every call of a cache: nothing counts as kept that is not', async () => {
      const cache = createCaches({ default: { store: memoryStore({ maxBytes: 3000 }) } }).get('default')
      const large = 'x'.repeat(4000)
      expect(await cache.add('k', large)).toBe(false)
      expect(await cache.setMany({ a: large, b: 1 })).toEqual(['a'])
      expect(cache.entries.set('page', bytes(4000), null)).toBe(false)
      await cache.set('k', large)
      expect(await cache.getOrSet('k', () => large)).toBe(large)
      expect(await cache.stats()).toMatchObject({ sets: 1, errors: 0, skips: { 'too-large': 4 } })
    })
  })

  describe('maxEntries', () => {
    it('drops a third of the least recently used for a new key', async () => {
      const store = await filled({ maxEntries: 6 }, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      expect(await keysOf(store, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toEqual(['c', 'd', 'e', 'f', 'g'])
    })

    it('drops everything with cullFrequency 0, one at the least otherwise', async () => {
      expect(
        await keysOf(await filled({ maxEntries: 2, cullFrequency: 0 }, ['a', 'b', 'c']), ['a', 'b', 'c']),
      ).toEqual(['c'])
      const store = await filled({ maxEntries: 2, cullFrequency: 9 }, ['a', 'b', 'c'])
      expect(await keysOf(store, ['a', 'b', 'c'])).toEqual(['b', 'c'])
    })

    it('makes no room for what is too large to be kept', async () => {
      const store = await filled({ maxEntries: 2, maxBytes: 4000 }, ['a', 'b'])
      await expect(store.set('c', bytes(9000), null)).rejects.toThrow(TooLargeError)
      expect(await keysOf(store, ['a', 'b', 'c'])).toEqual(['a', 'b'])
    })

    it('of 0 keeps nothing, and says so', async () => {
      const store = memoryStore({ maxEntries: 0 })
      await expect(store.add('k', bytes(1), null)).rejects.toThrow(/maxEntries 0 keeps nothing/)
      const cache = createCaches({ default: { store } }).get('default')
      expect(await cache.add('k', 1)).toBe(false)
    })

    it('needs no room to overwrite', async () => {
      expect(await keysOf(await filled({ maxEntries: 2 }, ['a', 'b', 'a']), ['a', 'b'])).toEqual(['a', 'b'])
    })

    it('drops expired entries before living ones', async () => {
      let time = 1000
      const store = memoryStore({ maxEntries: 3, now: () => time })
      await store.set('old', bytes(1), null)
      await store.set('brief', bytes(1), 2000)
      await store.set('new', bytes(1), 9000)
      time = 3000
      await store.set('next', bytes(1), null)
      expect(await keysOf(store, ['old', 'brief', 'new', 'next'])).toEqual(['old', 'new', 'next'])
      expect((await store.stats()).entries).toBe(3)
    })
  })

  it('keeps an Encodable itself, without asking for its bytes', async () => {
    const page = { byteLength: 5, encode: () => [bytes(5)] }
    const store = memoryStore()
    await store.set('k', page, null)
    expect(store.sync?.get('k')?.value).toBe(page)
  })

  it('does not pin the buffer that a value is a slice of', async () => {
    const store = memoryStore()
    await store.set('k', bytes(1_000_000).subarray(0, 3), null)
    const value = (await store.get('k'))?.value
    expect(ArrayBuffer.isView(value) && value.buffer.byteLength).toBe(3)
  })

  it.each([
    [{ maxByte: 1 }, /memoryStore\(\)\.maxByte is not an option\. Did you mean maxBytes\?/],
    [{ maxBytes: 0 }, /maxBytes must be a whole number of at least 1; got 0/],
    [{ maxEntries: 'many' }, /maxEntries must be a whole number of at least 0; got 'many'/],
  ])('refuses %j', (options, message) => {
    expect(() => memoryStore(options as MemoryStoreOptions)).toThrow(SettingsError)
    expect(() => memoryStore(options as MemoryStoreOptions)).toThrow(message)
  })
})

describe('onEvict', () => {
  it.each([
    ['lru', ['read', 'count', false]],
    ['s3-fifo', ['third', 'count', true]],
  ] as const)('tells why an entry was dropped, and whether it was ever read: %s', async (eviction, next) => {
    const store = memoryStore({ maxEntries: 2, cullFrequency: 2, eviction })
    const dropped: unknown[] = []
    store.onEvict?.((...evicted) => void dropped.push(evicted))
    await store.set('read', Buffer.from('1'), null)
    await store.set('unread', Buffer.from('2'), null)
    await store.get('read')
    await store.set('third', Buffer.from('3'), null)
    await store.set('fourth', Buffer.from('4'), null)
    expect(dropped).toEqual([['unread', 'count', true], next])
  })

  it.each(['lru', 's3-fifo'] as const)('tells that bytes were the limit: %s', async (eviction) => {
    const store = memoryStore({ maxBytes: 20_000, eviction })
    const dropped: unknown[][] = []
    store.onEvict?.((...evicted) => void dropped.push(evicted))
    for (let i = 0; i < 200; i++) await store.set(`key${i}`, Buffer.alloc(100), null)
    expect(dropped.length).toBeGreaterThan(20)
    expect(dropped[0]).toEqual(['key0', 'size', true])
    expect(new Set(dropped.map(([, cause, isUnused]) => `${cause} ${isUnused}`))).toEqual(
      new Set(['size true']),
    )
  })

  describe.each(['lru', 's3-fifo'] as const)('of expired entries: %s', (eviction) => {
    function storeAt(limits: MemoryStoreOptions) {
      const clock = { now: 1000 }
      const store = memoryStore({ ...limits, eviction, now: () => clock.now })
      const dropped: unknown[] = []
      store.onEvict?.((...evicted) => void dropped.push(evicted))
      return { store, clock, dropped }
    }
    const expired = (key: string) => [key, 'expired', undefined]

    it('tells those that make room for others, and then of none dropped for room', async () => {
      const { store, clock, dropped } = storeAt({ maxEntries: 3 })
      for (const key of ['a', 'b', 'c']) await store.set(key, bytes(1), 2000)
      clock.now = 3000
      await store.set('d', bytes(1), null)
      expect(dropped.sort()).toEqual([expired('a'), expired('b'), expired('c')])
    })

    it('tells those that a full store comes upon', async () => {
      const { store, clock, dropped } = storeAt({ maxBytes: 20_000 })
      for (let i = 0; i < 200 && dropped.length === 0; i++) await store.set(`old${i}`, bytes(100), 2000)
      dropped.length = 0
      clock.now = 3000
      for (let i = 0; i < 10; i++) await store.set(`new${i}`, bytes(100), null)
      expect(new Set(dropped.map((it) => String((it as unknown[])[1])))).toEqual(new Set(['expired']))
    })

    it('tells one that is asked for after its time, once, whether or not it was read before', async () => {
      const { store, clock, dropped } = storeAt({})
      for (const key of ['read', 'unread']) await store.set(key, bytes(1), 2000)
      for (let i = 0; i < 3; i++) await store.get('read')
      clock.now = 3000
      for (const key of ['read', 'unread', 'read']) expect(await store.get(key)).toBeUndefined()
      expect(dropped).toEqual([expired('read'), expired('unread')])
    })

    it('tells none that is deleted, or replaced', async () => {
      const { store, clock, dropped } = storeAt({})
      for (const key of ['a', 'b']) await store.set(key, bytes(1), 2000)
      clock.now = 3000
      await store.delete('a')
      await store.set('b', bytes(2), null)
      expect(dropped).toEqual([])
    })
  })
})
