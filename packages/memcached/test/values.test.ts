import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bytesOf, createCaches, type Store } from '@sitecache/core'
import { memcachedStore } from '@sitecache/memcached'
import { type Memcached, startMemcached } from '@sitecache/test-support/servers/memcached'
import { keysOf, raw } from './raw.js'

let memcached: Memcached
let second: Memcached
let store: Store
const opened: Store[] = []
const open = (...args: Parameters<typeof memcachedStore>) => {
  const made = memcachedStore(args[0], { timeoutMs: 5000, ...args[1] })
  opened.push(made)
  return made
}

beforeAll(async () => {
  ;[memcached, second] = await Promise.all([startMemcached(), startMemcached()])
  store = open(memcached.server)
})
afterAll(async () => {
  await Promise.all(opened.map((made) => made.close()))
  await Promise.all([memcached.stop(), second.stop()])
})

const text = async (key: string, from = store) => {
  const entry = await from.get(key)
  return entry && Buffer.from(bytesOf(entry.value)).toString()
}

describe('keys', () => {
  it('are those of the cache, where memcached takes them', async () => {
    await store.set('shop:1:żółć', Buffer.from('x'), null)
    expect(await keysOf(memcached.server)).toContain('shop:1:żółć')
  })

  it.each([
    ['are too long', 'k'.repeat(251), 'l'.repeat(251)],
    ['are too long in UTF-8', 'ü'.repeat(126), 'ä'.repeat(126)],
    ['hold white space', 'a b', 'a  b'],
    ['hold control characters', 'a\r\nflush_all\r\n', 'a\r\nflush_all\n'],
    ['hold halves of characters', '\ud83d', '\ud83e'],
    ['are empty', '', ' '],
    ['look like ours', 'sitecache~clears', 'sitecache~kx'],
  ])('are hashed when they %s, and stay apart', async (_what, a, b) => {
    await store.set(a, Buffer.from('a'), null)
    await store.set(b, Buffer.from('b'), null)
    expect([await text(a), await text(b)]).toEqual(['a', 'b'])
    expect([...(await store.getMany([a, b])).keys()].sort()).toEqual([a, b].sort())
    expect(await store.delete(a)).toBe(true)
    expect([await text(a), await text(b)]).toEqual([undefined, 'b'])
    expect((await keysOf(memcached.server)).filter((key) => key.length > 250 || /\s/.test(key))).toEqual([])
  })

  it('of another client of memcached are neither read nor changed by a clear', async () => {
    await raw(memcached.server, 'set shop:1:foreign 0 0 5\r\nvalue')
    expect(await store.get('shop:1:foreign')).toBeUndefined()
    expect(await store.add('shop:1:foreign', Buffer.from('ours'), null)).toBe(true)
    await raw(memcached.server, 'set other 0 0 5\r\nvalue')
    await store.clear('')
    expect(await raw(memcached.server, 'get other')).toMatch(/value/)
  })

  it('of which many are asked for at once are asked for in one go', async () => {
    const keys = Array.from({ length: 1000 }, (_, i) => `${'k'.repeat(200)}${i}`)
    await store.setMany(new Map(keys.map((key) => [key, Buffer.from(key)])), null)
    expect((await store.getMany([...keys, 'none'])).size).toBe(1000)
    expect(await store.deleteMany(keys)).toBe(1000)
  })
})

describe('values', () => {
  it.each(['text', 'binary'] as const)('up to the limit come back, in the %s protocol', async (protocol) => {
    const other = open(memcached.server, { protocol })
    for (const bytes of [0, 1, 70_000, 2 ** 20 - 512]) {
      const value = Buffer.alloc(bytes, `${protocol}\r\nEND\r\n`)
      await other.set('k', value, null)
      expect(value.equals(bytesOf((await other.get('k'))?.value ?? Buffer.alloc(0)))).toBe(true)
    }
  })

  it('over the limit are a counted skip, no error, and leave no old value', async () => {
    const caches = createCaches({ default: { store: open(memcached.server), onError: 'throw' } })
    const cache = caches.get('default')
    await cache.set('k', 'old')
    await cache.set('k', 'x'.repeat(2 ** 20))
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.stats()).toMatchObject({ skips: { 'too-large': 1 }, errors: 0 })
  })

  it.each(['text', 'binary'] as const)(
    'over the limit of the server too, in the %s protocol',
    async (protocol) => {
      const store = open(memcached.server, { protocol, maxValueBytes: 8 * 2 ** 20 })
      const cache = createCaches({ default: { store, onError: 'throw' } }).get('default')
      await cache.set('k', 'old')
      await cache.set('k', 'x'.repeat(2 ** 21))
      expect(await cache.get('k')).toBeUndefined()
      expect(await cache.add('k', 'x'.repeat(2 ** 21))).toBe(false)
      await cache.set('k', 'x'.repeat(10_000))
      expect(await cache.get('k')).toBe('x'.repeat(10_000))
      expect(await cache.stats()).toMatchObject({ skips: { 'too-large': 2 }, errors: 0 })
    },
  )

  it('of another that are larger than ours may be are misses', async () => {
    await store.set('large', Buffer.alloc(300_000), null)
    await store.set('next', Buffer.from('n'), null)
    for (const protocol of ['text', 'binary'] as const) {
      const limited = open(memcached.server, { protocol, maxValueBytes: 1000 })
      expect([await text('large', limited), await text('next', limited)]).toEqual([undefined, 'n'])
      expect((await limited.getMany(['large', 'next'])).size).toBe(1)
    }
  })
})

describe('an expiry', () => {
  it.each([
    ['beyond 30 days', 31],
    ['beyond 2038', 365 * 50],
    ['centuries ahead', 365 * 300],
  ])('%s is not taken for one in the past', async (_what, days) => {
    const expires = Date.now() + days * 86_400_000
    await store.set('k', Buffer.from('x'), expires)
    expect(await store.get('k')).toMatchObject({ expires })
    expect(await store.touch('k', expires + 1)).toBe(true)
    expect(await store.get('k')).toMatchObject({ expires: expires + 1 })
  })

  it('makes memcached drop the entry by itself, within two seconds of it', async () => {
    await store.set('short', Buffer.from('x'), Date.now() + 100)
    const deadline = Date.now() + 5000
    while (/VALUE/.test(await raw(memcached.server, 'get short')) && Date.now() < deadline);
    expect(await raw(memcached.server, 'get short')).toBe('END\r\n')
  })
})

describe('stats', () => {
  it('are those of the servers together', async () => {
    const both = open([memcached.server, second.server])
    const [one, two] = await Promise.all([store.stats(), open(second.server).stats()])
    expect(await both.stats()).toMatchObject({ entries: Number(one.entries) + Number(two.entries) })
  })
})
