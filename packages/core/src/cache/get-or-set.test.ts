import { describe, expect, it, jest } from '@jest/globals'
import { CountingSource } from '@sitecache/test-support/counting-source'
import { gate } from '@sitecache/test-support/gate'
import { type Cache, createCaches, memoryStore, SettingsError } from '../index.js'

function make(now: () => number = Date.now): Cache {
  return createCaches({ default: { store: memoryStore({ now }) } }, { now }).get('default')
}

describe('Cache', () => {
  describe('getOrSet', () => {
    it('runs one factory for all who ask meanwhile, and gives each a copy of its own', async () => {
      const cache = make()
      const { opened, open } = gate<void>()
      const factory = jest.fn(async () => {
        await opened
        return { list: [1] }
      })
      const asked = Array.from({ length: 5 }, () => cache.getOrSet('k', factory))
      open()
      const values = await Promise.all(asked)
      values[0]?.list.push(2)
      values[1]?.list.push(3)
      expect(factory).toHaveBeenCalledTimes(1)
      expect([values[2], await cache.get('k')]).toEqual([{ list: [1] }, { list: [1] }])
    })

    it('takes a stored null as a hit', async () => {
      const cache = make()
      await cache.set('k', null)
      expect(await cache.getOrSet<unknown>('k', () => 1)).toBeNull()
    })

    it('answers undefined and does not store it', async () => {
      const cache = make()
      expect(await cache.getOrSet('k', () => undefined)).toBeUndefined()
      expect(await cache.has('k')).toBe(false)
    })

    it('rejects all who wait when the factory throws, and tries anew afterwards', async () => {
      const cache = make()
      const fail = () => Promise.reject(new Error('no database'))
      const results = await Promise.allSettled([cache.getOrSet('k', fail), cache.getOrSet('k', fail)])
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect(await cache.getOrSet('k', () => 1)).toBe(1)
    })

    it('answers without keeping it for a timeout of 0', async () => {
      const cache = make()
      expect(await cache.getOrSet('k', () => 1, 0)).toBe(1)
      expect(await cache.has('k')).toBe(false)
    })

    it('counts the timeout from when the value is there', async () => {
      let time = 1000
      const cache = make(() => time)
      const slow = () => {
        time += 10_000
        return 'late'
      }
      await cache.getOrSet('k', slow, 5)
      expect(await cache.get('k')).toBe('late')
    })

    it.each<[string, (cache: Cache) => Promise<unknown>, unknown]>([
      ['delete', (cache) => cache.delete('k'), undefined],
      ['deleteMany', (cache) => cache.deleteMany(['k']), undefined],
      ['clear', (cache) => cache.clear(), undefined],
      ['set', (cache) => cache.set('k', 'newer'), 'newer'],
      ['setMany', (cache) => cache.setMany({ k: 'newer' }), 'newer'],
    ])('does not keep what was computed when %s came meanwhile', async (_, write, left) => {
      const cache = make()
      const started = gate<void>()
      const { opened, open } = gate<string>()
      const late = cache.getOrSet('k', () => {
        started.open()
        return opened
      })
      await started.opened
      await write(cache)
      open('older')
      expect(await late).toBe('older')
      expect(await cache.get('k')).toBe(left)
    })
  })

  it('keeps what was computed when another prefix was cleared meanwhile', async () => {
    const store = memoryStore()
    const caches = createCaches({
      default: 'memory:',
      a: { store, keyPrefix: 'a' },
      b: { store, keyPrefix: 'b' },
    })
    const clearOther = () => caches.get('b').clear()
    await caches.get('a').getOrSet('k', async () => {
      await clearOther()
      return 'kept'
    })
    expect(await caches.get('a').get('k')).toBe('kept')
  })

  describe('wrap', () => {
    it('computes once per arguments, which it tells apart', async () => {
      const cache = make()
      const join = jest.fn((...parts: unknown[]) => parts.length)
      const wrapped = cache.wrap(join, { key: 'join' })
      await wrapped('a', 'b')
      await wrapped('a', 'b')
      await wrapped('a,b')
      await wrapped(1)
      await wrapped('1')
      expect(join).toHaveBeenCalledTimes(4)
    })

    it('keeps the name and length of the function', () => {
      const wrapped = make().wrap(async function fetchRate(from: string, to: string) {
        return from + to
      })
      expect([wrapped.name, wrapped.length]).toEqual(['fetchRate', 2])
    })

    it('refuses two functions that would share keys, and one without a name', () => {
      const cache = make()
      const load = (a: number) => a
      cache.wrap(load)
      cache.wrap(load)
      expect(() => cache.wrap({ load: (a: number) => a }.load)).toThrow(/needs the option key: another load/)
      expect(() => cache.wrap(() => 1)).toThrow(SettingsError)
    })
  })
})

describe('wrap', () => {
  it('has the options of getOrSet', async () => {
    let time = 0
    const cache = make(() => time)
    const source = new CountingSource()
    const wrapped = cache.wrap((_: object) => source.next(), {
      key: 'w',
      timeout: 10,
      tags: ['x'],
      staleWhileRevalidate: 60,
    })
    expect(await wrapped({ a: 1, b: 2 })).toBe(1)
    time += 20_000
    expect(await wrapped({ b: 2, a: 1 })).toBe(1)
    await cache.idle()
    expect(await wrapped({ a: 1, b: 2 })).toBe(2)
    await cache.invalidateTags('x')
    expect(await wrapped({ a: 1, b: 2 })).toBe(3)
  })

  it('tells apart what is not the same, and nothing else', async () => {
    const cache = make()
    const source = new CountingSource()
    const wrapped = cache.wrap((..._: unknown[]) => source.next(), { key: 'w' })
    const differing: unknown[][] = [
      [],
      [undefined],
      [null],
      [0],
      [-0],
      [0n],
      ['0'],
      [false],
      [Number.NaN],
      [{ a: 1 }],
      [{ a: 1, b: undefined }],
      [new Map([['a', 1]])],
      [new Set(['a'])],
      [['a', 'b']],
      ['a', 'b'],
      ['a,b'],
      [new Date(0)],
      [new Date(1)],
      [{ at: new Date(0), deep: [{ x: 1, y: 2 }] }],
    ]
    for (const args of differing) await wrapped(...args)
    expect(source.runs).toBe(differing.length)
    for (const args of differing) await wrapped(...args)
    await wrapped({ deep: [{ y: 2, x: 1 }], at: new Date(0) })
    expect(source.runs).toBe(differing.length)
  })
})
