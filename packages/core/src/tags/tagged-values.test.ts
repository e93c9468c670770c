import { afterEach, describe, expect, it } from '@jest/globals'
import {
  type Cache,
  type CacheSettings,
  createCaches,
  memoryStore,
  type Store,
  StoreError,
  ValueError,
} from '@sitecache/core'
import { TurnStore } from '@sitecache/test-support/turn-store'

let time = 1_700_000_000_000
const now = () => time

afterEach(() => {
  time = 1_700_000_000_000
})

function cacheOn(store: Store, settings: Partial<CacheSettings> = {}): Cache {
  return createCaches({ default: { store, ...settings } }, { now }).get('default')
}

function openStore(): TurnStore {
  const store = new TurnStore(now)
  store.open = true
  return store
}

describe.each([
  ['in this process', () => memoryStore({ now })],
  ['elsewhere', openStore],
])('values with tags, in a store %s', (_, makeStore) => {
  it('are misses once one of their tags is invalidated, and others are not', async () => {
    const cache = cacheOn(makeStore())
    await cache.set('a', 1, { tags: ['x', 'y'] })
    await cache.setMany({ b: 'two', c: { deep: [3] } }, { tags: ['z'], timeout: 60 })
    expect(await cache.add('d', 4, { tags: ['x'] })).toBe(true)
    await cache.set('e', 5)
    expect(await cache.getMany(['a', 'b', 'c', 'd', 'e'])).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['b', 'two'],
        ['c', { deep: [3] }],
        ['d', 4],
        ['e', 5],
      ]),
    )
    await cache.invalidateTags('x', 'nothing has this one')
    expect([...(await cache.getMany(['a', 'b', 'c', 'd', 'e'])).keys()]).toEqual(['b', 'c', 'e'])
    expect([await cache.get('a'), await cache.has('a'), await cache.touch('a', 60)]).toEqual([
      undefined,
      false,
      false,
    ])
    expect([await cache.get('b'), await cache.has('b'), await cache.touch('b', 600)]).toEqual([
      'two',
      true,
      true,
    ])
    await expect(cache.incrVersion('a')).rejects.toThrow('the key is not in cache')
    expect(await cache.add('a', 'new')).toBe(true)
    expect(await cache.get('a')).toBe('new')
  })

  it('are misses to a process that has never seen a tag', async () => {
    const store = makeStore()
    const [writer, reader] = [cacheOn(store), cacheOn(store)]
    await writer.set('k', 1, { tags: ['x'] })
    await writer.invalidateTags('x')
    expect([await reader.get('k'), await reader.has('k'), await reader.getOrSet('k', () => 2)]).toEqual([
      undefined,
      false,
      2,
    ])
  })

  it('are stale after a soft invalidation, which is a miss for who serves no such, and hard ones outrank it', async () => {
    const cache = cacheOn(makeStore())
    await cache.set('k', 1, { tags: ['x'] })
    await cache.invalidateTags('x', { soft: true })
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.add('k', 2, { tags: ['x'] })).toBe(true)
    expect(await cache.get('k')).toBe(2)
  })

  it('live on with their tags when they are touched or moved to another version', async () => {
    const cache = cacheOn(makeStore())
    await cache.set('k', 'v', { tags: ['x'], timeout: 10 })
    const days = 40 * 24 * 60 * 60
    expect(await cache.touch('k', days)).toBe(true)
    await cache.incrVersion('k')
    time += (days - 1) * 1000
    await cache.invalidateTags('other')
    expect(await cache.get('k', { version: 2 })).toBe('v')
    await cache.invalidateTags('x')
    expect(await cache.get('k', { version: 2 })).toBeUndefined()
  })

  it('may be any that there are, and bytes that look like a header', async () => {
    const codec = {
      encode: (value: unknown) => Buffer.from(String(value)),
      decode: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
    }
    const cache = cacheOn(makeStore(), { codec })
    for (const value of ['scV1', 'scV1 and more than a header has bytes, all of them the value', '']) {
      await cache.set('plain', value)
      await cache.set('tagged', value, { tags: ['日本', 'a b', 'x'.repeat(256)] })
      expect([await cache.get('plain'), await cache.get('tagged')]).toEqual([value, value])
    }
    await cache.invalidateTags('日本')
    expect(await cache.get('tagged')).toBeUndefined()
  })

  it('compute anew what was being computed when its tag was invalidated', async () => {
    const cache = cacheOn(makeStore())
    let runs = 0
    const compute = async () => {
      runs += 1
      if (runs === 1) await cache.invalidateTags('x')
      return runs
    }
    const options = { tags: ['x'] }
    expect(await cache.getOrSet('k', compute, options)).toBe(1)
    expect(await cache.get('k')).toBeUndefined()
    expect([
      await cache.getOrSet('k', compute, options),
      await cache.getOrSet('k', compute, options),
    ]).toEqual([2, 2])
  })

  it('do not answer what was begun before to who asks after an invalidation', async () => {
    const store = makeStore()
    const [cache, other] = [cacheOn(store), cacheOn(store)]
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    let runs = 0
    const compute = async () => {
      runs += 1
      const run = runs
      if (run === 1) await gate
      return run
    }
    const first = cache.getOrSet('k', compute, { tags: ['x'] })
    while (runs === 0) await new Promise((resolve) => setImmediate(resolve))
    await other.invalidateTags('x')
    const second = cache.getOrSet('k', compute, { tags: ['x'] })
    open()
    expect([await first, await second, await cache.get('k')]).toEqual([1, 2, 2])
  })

  it('do not come back after a clear, when they were being computed meanwhile by another process', async () => {
    const store = makeStore()
    const [cache, other] = [cacheOn(store), cacheOn(store)]
    const clearing = async () => {
      await other.clear()
      return 'old'
    }
    await cache.set('seen', 1, { tags: ['x'] })
    expect(await other.get('seen')).toBe(1)
    const epoch = await cache.tags.now()
    await cache.entries.set('::tag:unrelated', Buffer.from('1'), null)
    expect(await cache.getOrSet('k', clearing, { tags: ['x'] })).toBe('old')
    expect(await cache.tags.now()).not.toBe(epoch)
    expect([await cache.get('k'), await other.get('k')]).toEqual([undefined, undefined])
    await cache.getOrSet('k', () => 'new', { tags: ['x'] })
    expect([await cache.get('k'), await other.get('k')]).toEqual(['new', 'new'])
  })

  it('are misses when the store has lost their tags, and hits again when they are stored anew', async () => {
    const store = makeStore()
    const cache = cacheOn(store)
    await cache.set('k', 1, { tags: ['x'] })
    await cache.invalidateTags('x')
    await cache.set('k', 2, { tags: ['x'] })
    await store.delete('::tag:purged:=x')
    await cache.invalidateTags('y')
    expect(await cache.get('k')).toBeUndefined()
    await cache.set('k', 3, { tags: ['x'] })
    await cache.invalidateTags('y')
    expect(await cache.get('k')).toBe(3)
  })

  it.each([[['']], ['x'], [[1]], [Array.from({ length: 10_001 }, (_, i) => String(i))]])(
    'refuse what are no tags: %#',
    async (tags) => {
      const cache = cacheOn(makeStore())
      if (typeof tags !== 'string')
        await expect(cache.set('k', 1, { tags: tags as string[] })).rejects.toThrow(ValueError)
      else await cache.set('k', 1, { tags: tags as never })
      await expect(cache.incr('k')).rejects.toThrow()
    },
  )

  it('are no numbers to count with, and say so', async () => {
    const cache = cacheOn(makeStore())
    await cache.set('n', 1, { tags: ['x'] })
    await expect(cache.incr('n')).rejects.toThrow(ValueError)
    expect(await cache.get('n')).toBe(1)
  })

  it('keep the order of writes that nobody waits for', async () => {
    const cache = cacheOn(makeStore())
    await Promise.all([cache.set('k', 1, { tags: ['x'] }), cache.set('k', 2)])
    expect(await cache.get('k')).toBe(2)
    await Promise.all([cache.set('k', 3, { tags: ['new'] }), cache.delete('k')])
    expect(await cache.get('k')).toBeUndefined()
  })
})

describe('what tags cost', () => {
  it('is nothing to who has none, and no round trip to a hit, whatever their number', async () => {
    const store = openStore()
    const cache = cacheOn(store)
    await cache.set('plain', 1)
    await cache.get('plain')
    expect(store.operations.splice(0)).toEqual(['set', 'get'])
    await cache.set('k', 1, { tags: Array.from({ length: 10_000 }, (_, i) => `tag ${i}`) })
    store.operations.length = 0
    for (let i = 0; i < 3; i++) expect(await cache.get('k')).toBe(1)
    expect(store.operations.splice(0)).toEqual(['getMany', 'getMany', 'getMany'])
    await cache.invalidateTags('another')
    store.operations.length = 0
    for (let i = 0; i < 3; i++) expect(await cache.get('k')).toBe(1)
    expect(store.operations).toEqual(['getMany', 'getMany', 'getMany', 'getMany'])
  })

  it('does not grow with the number of entries that a purge reaches', async () => {
    const operationsOf = async (count: number) => {
      const store = openStore()
      const cache = cacheOn(store)
      const keys = Array.from({ length: count }, (_, i) => `k${i}`)
      await cache.setMany(Object.fromEntries(keys.map((key) => [key, 1])), { tags: ['all'] })
      store.operations.length = 0
      await cache.invalidateTags('all')
      const operations = store.operations.splice(0)
      expect((await cache.getMany(keys)).size).toBe(0)
      return operations
    }
    expect(await operationsOf(10_000)).toEqual(await operationsOf(1))
  })
})

describe('a store that fails', () => {
  it('rejects a purge whatever onError says, and hides what has tags', async () => {
    const store = openStore()
    const cache = cacheOn(store)
    await cache.set('k', 1, { tags: ['x'] })
    store.failure = new Error('down')
    await expect(cache.invalidateTags('x')).rejects.toThrow(StoreError)
    expect(await cache.get('k')).toBeUndefined()
    expect((await cache.stats()).errors).toBe(2)
    store.failure = undefined
    expect(await cache.get('k')).toBe(1)
  })

  it('makes a miss of a header that is not whole', async () => {
    const store = openStore()
    const cache = cacheOn(store)
    for (let at = 0; at < 40; at++) {
      await cache.set('k', 1, { tags: ['x'] })
      const entry = store.entries.get(':1:k')
      const bytes = Buffer.from(entry?.value as Uint8Array)
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      store.entries.set(':1:k', { value: bytes, expires: null })
      // The last byte is the value's own.
      expect([undefined, 0]).toContainEqual(await cache.get('k'))
    }
    expect((await cache.stats()).errors).toBeGreaterThan(30)
  })
})
