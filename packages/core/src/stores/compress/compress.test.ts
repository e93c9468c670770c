import { createHash, randomBytes } from 'node:crypto'
import * as zlib from 'node:zlib'
import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import {
  BaseStore,
  bytesOf,
  type CompressFormat,
  createCaches,
  type Entry,
  memoryStore,
  type StoredValue,
} from '../../index.js'
import { storeContract, type TestGlobals } from '../../testing/index.js'
import { compressing } from './compressing-store.js'
import { formatNamed } from './formats.js'

/** A store that keeps bytes, as one outside this process does. */
class ByteStore extends BaseStore {
  readonly name = 'bytes'
  readonly held = new Map<string, Buffer>()

  async get(key: string): Promise<Entry | undefined> {
    const value = this.held.get(key)
    return value && { value: Buffer.from(value), expires: null }
  }

  async set(key: string, value: StoredValue): Promise<void> {
    this.held.set(key, Buffer.from(bytesOf(value)))
  }

  async delete(key: string): Promise<boolean> {
    return this.held.delete(key)
  }

  async clear(prefix: string): Promise<void> {
    for (const key of this.held.keys()) if (key.startsWith(prefix)) this.held.delete(key)
  }
}

function setUp(compress?: CompressFormat, store = new ByteStore()) {
  const cache = createCaches({
    default: { store, keyPrefix: 'shop', ...(compress === undefined ? {} : { compress }) },
  }).get('default')
  const errors: string[] = []
  cache.on('error', ({ error }) => errors.push(String(error)))
  const stored = (key: string) => {
    const bytes = store.held.get(cache.makeKey(key))
    if (bytes === undefined) throw new Error(`nothing is stored under ${key}`)
    return bytes
  }
  return { store, cache, errors, stored }
}

/** Text of every size that the code treats apart: below the threshold, at once, in a thread. */
const SIZES = [10, 1100, 20_000, 300_000]
const textOf = (size: number) => 'All work and no play. '.repeat(Math.ceil(size / 22)).slice(0, size)
const hasZstd = typeof Reflect.get(zlib, 'zstdCompress') === 'function'
const formats: CompressFormat[] = hasZstd ? ['gzip', 'br', 'zstd'] : ['gzip', 'br']

const globals: TestGlobals = {
  describe,
  it,
  expect: (value) => expect(value) as ReturnType<TestGlobals['expect']>,
}
for (const format of formats) {
  storeContract(`a compressing store (${format})`, ({ now }) => compressing(behindNetwork(now), format), {
    globals,
    notAtomic: 'it is made of get and set',
  })
}

function behindNetwork(now: () => number) {
  const memory = memoryStore({ now })
  class Remote extends BaseStore {
    readonly name = 'remote'
    get = (key: string) => memory.get(key)
    set = (key: string, value: StoredValue, expires: number | null) =>
      memory.set(key, bytesOf(value), expires)
    delete = (key: string) => memory.delete(key)
    clear = (prefix: string) => memory.clear(prefix)
  }
  return new Remote()
}

describe.each(formats)("compress: '%s'", (format) => {
  it('gives values back, of any size, and stores large ones smaller', async () => {
    const { cache, stored, errors } = setUp(format)
    for (const size of SIZES) {
      await cache.set('k', textOf(size))
      expect(await cache.get('k')).toBe(textOf(size))
      expect(stored('k').length < size / 2).toBe(size > 1024)
    }
    await cache.setMany(SIZES.map((size): [string, string] => [String(size), textOf(size)]))
    expect(await cache.getMany(SIZES.map(String))).toEqual(
      new Map(SIZES.map((size) => [String(size), textOf(size)])),
    )
    expect(await cache.add('added', textOf(20_000))).toBe(true)
    expect(await cache.getOrSet('added', 'other')).toBe(textOf(20_000))
    expect(errors).toEqual([])
  })

  it('gives pages back, to the byte', async () => {
    const { cache, stored } = setUp(format)
    const body = Buffer.from(textOf(20_000))
    const page = { byteLength: body.length + 4, encode: () => [Buffer.from('head'), body] }
    await cache.entries.set(cache.makeKey('page'), page, null)
    const entry = await cache.entries.get(cache.makeKey('page'))
    expect(entry && Buffer.from(bytesOf(entry.value)).equals(Buffer.concat(page.encode()))).toBe(true)
    expect(stored('page').length).toBeLessThan(10_000)
  })

  it('reads what was written without it', async () => {
    const store = new ByteStore()
    await setUp(undefined, store).cache.set('k', textOf(20_000))
    expect(await setUp(format, store).cache.get('k')).toBe(textOf(20_000))
  })

  it('takes what a change of format left behind', async () => {
    const store = new ByteStore()
    for (const before of formats) {
      await setUp(before, store).cache.set('k', textOf(20_000))
      expect(await setUp(format, store).cache.get('k')).toBe(textOf(20_000))
    }
  })

  it('leaves what would not get smaller', async () => {
    const { cache, stored } = setUp(format)
    for (const size of SIZES) {
      const noise = randomBytes(size)
      await cache.set('k', noise)
      expect(stored('k').subarray(-size).equals(noise)).toBe(true)
      expect(noise.equals((await cache.get<Buffer>('k')) ?? Buffer.alloc(0))).toBe(true)
    }
  })

  it('counts integers', async () => {
    const { cache } = setUp(format)
    await cache.set('n', 41)
    expect(await cache.incr('n')).toBe(42)
    expect(await cache.get('n')).toBe(42)
  })

  it('makes a miss and an error of an entry of which any byte has changed, or that was cut short', async () => {
    const { cache, store, stored, errors } = setUp(format)
    await cache.set('good', textOf(2000))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(2000, 300_000),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (size, at, flip, cut) => {
          await cache.set('k', textOf(size))
          const bytes = Buffer.from(stored('k'))
          const place = at % bytes.length
          bytes[place] = (bytes[place] ?? 0) ^ flip
          store.held.set(cache.makeKey('k'), cut ? bytes.subarray(0, place) : bytes)
          const before = errors.length
          expect(await cache.get('k')).toBeUndefined()
          expect([...(await cache.getMany(['k', 'good'])).keys()]).toEqual(['good'])
          expect(await cache.getOrSet('k', 'fresh')).toBe('fresh')
          expect(errors.length).toBe(before + 3)
        },
      ),
      { numRuns: 60 },
    )
  })

  /** Makes a compressed entry by hand. */
  const forge = (value: Uint8Array, claimed: number) => {
    const data = formatNamed(format, 'compress').compress(value)
    const bytes = Buffer.concat([Buffer.from('scZ1'), Buffer.alloc(9), data])
    bytes.writeUInt32BE(claimed, 8)
    bytes.writeUInt8(formatNamed(format, 'compress').id, 12)
    bytes.writeUInt32BE(zlib.crc32(bytes.subarray(8)), 4)
    return bytes
  }

  it.each([
    [0, /can not be decompressed/],
    [1, /can not be decompressed/],
    [1024, /can not be decompressed/],
    [199_999, /can not be decompressed/],
    [200_001, /has another length/],
    [65 * 2 ** 20, /is too large/],
    [2 ** 32 - 1, /is too large/],
  ])('refuses 200,000 bytes that say that they are %i', async (claimed, reason) => {
    const { cache, store, errors } = setUp(format)
    store.held.set(cache.makeKey('k'), forge(Buffer.alloc(200_000), claimed))
    expect(await cache.get('k')).toBeUndefined()
    expect(errors).toEqual([expect.stringMatching(reason)])
  })

  it('does not unpack more than an entry says', async () => {
    const { cache, store } = setUp(format)
    const size = 64 * 2 ** 20
    // The least of several: threads of V8 that collect or compile count in some of them.
    const cost = async (claimed: number) => {
      store.held.set(cache.makeKey('k'), forge(Buffer.alloc(size), claimed))
      const costs: number[] = []
      for (let i = 0; i < 3; i += 1) {
        const before = process.resourceUsage().userCPUTime
        await cache.entries.get(cache.makeKey('k'))
        costs.push(process.resourceUsage().userCPUTime - before)
      }
      return Math.min(...costs)
    }
    const [honest, bomb] = [await cost(size), await cost(200_000)]
    expect(bomb).toBeLessThan(honest / 4)
  })

  it('does not let a later write be overtaken by one that takes its time', async () => {
    const { cache } = setUp(format)
    const key = cache.makeKey('k')
    const large = Buffer.from(textOf(300_000))
    const small = Buffer.from('small')
    const results = await Promise.all([
      cache.entries.set(key, large, null),
      cache.entries.set(key, small, null),
    ])
    expect(results.length).toBe(2)
    expect(await cache.get('k', { default: 'unread' })).toBe('unread')
    expect((await cache.entries.get(key))?.value).toEqual(small)
    const done = [
      cache.set('a', textOf(300_000)),
      cache.delete('a'),
      cache.set('b', textOf(300_000)),
      cache.set('b', 1),
      cache.incr('b'),
      cache.set('c', textOf(300_000)),
      cache.add('c', 'not stored'),
      cache.setMany({ d: textOf(300_000), e: textOf(300_000) }),
      cache.deleteMany(['c', 'd']),
      cache.set('d', 'after'),
    ]
    await Promise.all(done)
    expect(await cache.getMany(['a', 'b', 'c', 'd', 'e'])).toEqual(
      new Map<string, unknown>([
        ['b', 2],
        ['d', 'after'],
        ['e', textOf(300_000)],
      ]),
    )
    await Promise.all([cache.set('f', textOf(300_000)), cache.clear()])
    expect(await cache.has('f')).toBe(false)
  })
})

describe('compress', () => {
  it('does large values in a thread', async () => {
    const { cache } = setUp('gzip')
    const value = Array.from({ length: 60_000 }, (_, i) =>
      createHash('md5').update(String(i)).digest('hex'),
    ).join()
    const busy = performance.eventLoopUtilization()
    await cache.set('k', value)
    expect(await cache.get('k')).toBe(value)
    expect(performance.eventLoopUtilization(busy).idle).toBeGreaterThan(10)
  })

  it('leaves what is compressed already as it is', async () => {
    const { cache, store } = setUp('gzip')
    const bytes = randomBytes(1024 * 1024)
    await cache.entries.set(cache.makeKey('k'), bytes, null)
    const stored = await store.get(cache.makeKey('k'))
    expect(stored && Buffer.compare(Buffer.from(bytesOf(stored.value)), bytes)).toBe(0)
  })

  it('leaves a store in this process alone', async () => {
    const store = memoryStore()
    const cache = createCaches({ default: { store, compress: 'gzip' } }).get('default')
    const page = { byteLength: 20_000, encode: jest.fn<() => Uint8Array[]>() }
    cache.entries.set('k', page, null)
    expect(store.sync?.get('k')?.value).toBe(page)
    expect(page.encode).not.toHaveBeenCalled()
  })

  it('is taken from a URL', async () => {
    const settings = { store: new ByteStore(), compress: 'gzip' } as const
    expect(() => createCaches({ default: 'memory:?compress=gzip', other: settings })).not.toThrow()
    expect(() => createCaches({ default: { store: 'memory:', compress: 'br' } })).not.toThrow()
    expect(() => createCaches({ default: 'memory:?compress=zip' })).toThrow(
      /compress must be 'gzip' or 'br' or 'zstd'; got 'zip'/,
    )
  })

  it('says which Node zstd needs', () => {
    const make = () => createCaches({ default: { store: new ByteStore(), compress: 'zstd' } })
    if (hasZstd) expect(make).not.toThrow()
    else expect(make).toThrow(/caches\.default\.compress: 'zstd' needs Node 22\.15 or newer and this is v/)
  })
})
