import { afterEach, describe, expect, it } from '@jest/globals'
import { type Cache, createCaches, memoryStore, type Store } from '@sitecache/core'
import { CountingSource } from '@sitecache/test-support/counting-source'
import { inTime, passMilliseconds, useFakeTime } from '@sitecache/test-support/fake-time'
import { gate } from '@sitecache/test-support/gate'
import { TurnStore } from '@sitecache/test-support/turn-store'

let time = 1_700_000_000_000
let chance = 0.5
const now = () => time

afterEach(() => {
  time = 1_700_000_000_000
  chance = 0.5
})

function openStore(): TurnStore {
  const store = new TurnStore(now)
  store.open = true
  return store
}

function cacheOn(store: Store): Cache {
  return createCaches({ default: { store } }, { now, random: () => chance }).get('default')
}

const makeSource = () =>
  new CountingSource((milliseconds) => {
    time += milliseconds
  })

describe.each([
  ['in this process', () => memoryStore({ now })],
  ['elsewhere', openStore],
])('getOrSet on a store %s', (_, makeStore) => {
  describe('staleWhileRevalidate', () => {
    const options = { timeout: 10, staleWhileRevalidate: 30 }

    it('answers the old value at once, and computes one new one behind it', async () => {
      const cache = cacheOn(makeStore())
      const source = makeSource()
      expect(await cache.getOrSet('k', source.next, options)).toBe(1)
      time += 15_000
      expect([await cache.get('k'), await cache.has('k')]).toEqual([undefined, false])
      const { opened, open } = gate()
      source.gate = opened
      const asked = Array.from({ length: 20 }, () => cache.getOrSet('k', source.next, options))
      expect(new Set(await Promise.all(asked))).toEqual(new Set([1]))
      open()
      await cache.idle()
      expect([source.runs, await cache.getOrSet('k', source.next, options), await cache.get('k')]).toEqual([
        2, 2, 2,
      ])
      expect((await cache.stats()).stale).toBe(20)
    })

    it('ends: later than that everybody waits', async () => {
      const cache = cacheOn(makeStore())
      const source = makeSource()
      await cache.getOrSet('k', source.next, options)
      time += 41_000
      expect(await cache.getOrSet('k', source.next, options)).toBe(2)
    })

    it('keeps the old value when the new one fails, and tells of it', async () => {
      const cache = cacheOn(makeStore())
      const source = makeSource()
      const errors: unknown[] = []
      cache.on('error', ({ operation }) => errors.push(operation))
      await cache.getOrSet('k', source.next, options)
      time += 15_000
      source.failure = new Error('no database')
      for (let i = 0; i < 2; i++) {
        expect(await cache.getOrSet('k', source.next, options)).toBe(1)
        await cache.idle()
      }
      expect([source.runs, errors]).toEqual([3, ['refresh', 'refresh']])
    })

    it('serves what was purged softly, and not what was purged', async () => {
      const cache = cacheOn(makeStore())
      const source = makeSource()
      const tagged = { ...options, tags: ['x'] }
      await cache.getOrSet('k', source.next, tagged)
      await cache.invalidateTags('x', { soft: true })
      expect(await cache.getOrSet('k', source.next, tagged)).toBe(1)
      await cache.idle()
      expect(await cache.getOrSet('k', source.next, tagged)).toBe(2)
      await cache.invalidateTags('x')
      expect(await cache.getOrSet('k', source.next, tagged)).toBe(3)
    })

    it('does not bring back what is deleted while the new value is computed', async () => {
      const cache = cacheOn(makeStore())
      const source = makeSource()
      await cache.getOrSet('k', source.next, options)
      time += 15_000
      const { opened, open } = gate()
      source.gate = opened
      await cache.getOrSet('k', source.next, options)
      await cache.delete('k')
      open()
      await cache.idle()
      expect(await cache.getOrSet('k', source.next, options)).toBe(3)
    })

    it('leaves the refresh to another process that is at it, with lock', async () => {
      const store = makeStore()
      const [cache, other] = [cacheOn(store), cacheOn(store)]
      const [source, second] = [makeSource(), makeSource()]
      const locked = { ...options, lock: true }
      await cache.getOrSet('k', source.next, locked)
      time += 15_000
      const lease = await other.lease('held')
      expect(lease).toBeDefined()
      const { opened, open } = gate()
      source.gate = opened
      expect(await cache.getOrSet('k', source.next, locked)).toBe(1)
      while (source.runs < 2) await new Promise((resolve) => setImmediate(resolve))
      expect(await other.getOrSet('k', second.next, locked)).toBe(1)
      open()
      await Promise.all([cache.idle(), other.idle()])
      expect([source.runs, second.runs, await other.get('k')]).toEqual([2, 0, 2])
      expect((await other.stats()).errors).toBe(0)
    })
  })

  describe('staleIfError', () => {
    const options = { timeout: 10, staleIfError: 60 }

    it('answers the old value when the source throws, and counts the error', async () => {
      const cache = cacheOn(makeStore())
      const source = makeSource()
      await cache.getOrSet('k', source.next, options)
      time += 15_000
      expect(await cache.getOrSet('k', source.next, options)).toBe(2)
      time += 15_000
      source.failure = new Error('no database')
      const asked = Array.from({ length: 5 }, () => cache.getOrSet('k', source.next, options))
      expect(new Set(await Promise.all(asked))).toEqual(new Set([2]))
      expect([source.runs, (await cache.stats()).errors, (await cache.stats()).stale]).toEqual([3, 1, 5])
      time += 60_000
      await expect(cache.getOrSet('k', source.next, options)).rejects.toThrow('no database')
    })
  })

  describe('earlyRefresh', () => {
    const options = { timeout: 100, earlyRefresh: true }

    it('computes anew the likelier, the nearer the end is and the longer it takes', async () => {
      const cache = cacheOn(makeStore())
      const source = makeSource()
      source.takes = 2000
      await cache.getOrSet('k', source.next, options)
      // -ln(1 - 0.5) is 0.69: 1.4 seconds before the end.
      time += 98_000
      expect(await cache.getOrSet('k', source.next, options)).toBe(1)
      await cache.idle()
      expect(source.runs).toBe(1)
      time += 1000
      expect(await cache.getOrSet('k', source.next, options)).toBe(1)
      await cache.idle()
      expect([source.runs, await cache.get('k')]).toEqual([2, 2])
      chance = 0.999_999
      time += 60_000
      await cache.getOrSet('k', source.next, { ...options, earlyRefresh: 0.1 })
      await cache.idle()
      expect(source.runs).toBe(2)
      await cache.getOrSet('k', source.next, { ...options, earlyRefresh: 3 })
      await cache.idle()
      expect(source.runs).toBe(3)
    })
  })

  describe('jitter', () => {
    it('shortens timeouts at random', async () => {
      const cache = cacheOn(makeStore())
      await cache.getOrSet('k', () => 1, { timeout: 100, jitter: 0.2 })
      time += 89_000
      expect(await cache.get('k')).toBe(1)
      time += 2000
      expect(await cache.get('k')).toBeUndefined()
    })
  })

  describe('lockTimeout', () => {
    useFakeTime()

    it('releases those who wait for a source that hangs: they look once more, and compute for themselves', async () => {
      const cache = cacheOn(makeStore())
      const { opened, open } = gate()
      let runs = 0
      const source = async () => {
        runs += 1
        if (runs > 1) return runs
        await opened
        return 'late'
      }
      const hanging = cache.getOrSet<unknown>('k', source, { lockTimeout: 0.2 })
      while (runs === 0) await new Promise((resolve) => setImmediate(resolve))
      const waiting = [1, 2].map(() => cache.getOrSet<unknown>('k', source, { lockTimeout: 0.2 }))
      await passMilliseconds(199)
      expect(runs).toBe(1)
      await passMilliseconds(1)
      for (const value of await Promise.all(waiting)) expect([2, 3]).toContain(value)
      open()
      expect(await hanging).toBe('late')
      expect([2, 3]).toContain(await cache.get('k'))
    })

    it('is for other processes too, with lock', async () => {
      const store = makeStore()
      const [cache, other] = [cacheOn(store), cacheOn(store)]
      const { opened, open } = gate()
      let hangs = 0
      const hang = async () => {
        hangs += 1
        await opened
        return 'late'
      }
      const hanging = cache.getOrSet('k', hang, { lock: true })
      while (hangs === 0) await new Promise((resolve) => setImmediate(resolve))
      const late = other.getOrSet('k', () => 'mine', { lock: true, lockTimeout: 0.1 })
      expect(await inTime(late)).toBe('mine')
      open()
      expect(await inTime(hanging)).toBe('late')
    })
  })

  describe('lock', () => {
    useFakeTime()

    it('computes once for all processes, with lock', async () => {
      const store = makeStore()
      const caches = Array.from({ length: 4 }, () => cacheOn(store))
      const source = makeSource()
      const { opened, open } = gate()
      source.gate = opened
      const asked = caches.flatMap((cache) =>
        [1, 2, 3].map(() => cache.getOrSet('k', source.next, { lock: true })),
      )
      while (source.runs === 0) await new Promise((resolve) => setImmediate(resolve))
      open()
      expect(await inTime(Promise.all(asked))).toEqual(Array.from({ length: 12 }, () => 1))
      expect(source.runs).toBe(1)
    })
  })

  it('works under a lock of the same key', async () => {
    const cache = cacheOn(makeStore())
    const compute = () => cache.getOrSet('k', () => 1, { lock: true })
    expect(await cache.lock('k', compute)).toBe(1)
  })

  it.each([
    [{ staleWhileRevalidate: -1 }],
    [{ staleIfError: null }],
    [{ staleIfError: 'for a while' }],
    [{ earlyRefresh: 'yes' }],
    [{ earlyRefresh: -1 }],
    [{ lock: 1 }],
    [{ lockTimeout: 'x' }],
    [{ jitter: 2 }],
  ])('refuses %j, and so does wrap, at once', async (options) => {
    const cache = cacheOn(makeStore())
    const [name = ''] = Object.keys(options)
    await expect(cache.getOrSet('k', () => 1, options as object)).rejects.toThrow(name)
    expect(() => cache.wrap(() => 1, { key: 'w', ...options } as object)).toThrow(name)
  })
})
