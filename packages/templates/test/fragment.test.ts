import { afterEach, describe, expect, it } from '@jest/globals'
import {
  type Cache,
  collect,
  configure,
  createCaches,
  runInContext,
  SettingsError,
  UnknownCacheError,
  ValueError,
} from '@sitecache/core'
import { HoleMarks, Holes } from '@sitecache/core/internal'
import { keyFault } from '@sitecache/core/store'
import { fragment, fragmentHelper, fragmentKey } from '@sitecache/templates'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { passSeconds } from '@sitecache/test-support/clock'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { anyCharacter } from '@sitecache/test-support/properties'
import fc from 'fast-check'

const freshCache = () => createCaches({ default: 'memory:' }).get('default')

describe('fragmentKey', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string(), { maxLength: 2 }),
  )
  const list = fc.tuple(fc.constantFrom('a', 'b', 'a.b', 'ä b'), fc.array(value, { maxLength: 3 }))

  it('is shared by no two lists of arguments, and by equal ones', () => {
    fc.assert(
      fc.property(list, list, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b)
        expect(fragmentKey(...a) === fragmentKey(...b)).toBe(same)
        expect(fragmentKey(...a)).toBe(fragmentKey(a[0], [...a[1]]))
      }),
      { numRuns: 500 },
    )
  })

  it('is one that memcached takes, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: anyCharacter }), (name) => {
        const key = fragmentKey(name, ['x'])
        expect(Buffer.byteLength(key)).toBeLessThan(230)
        expect(keyFault(key)).toBeUndefined()
      }),
    )
    expect(fragmentKey('a b')).not.toBe(fragmentKey('a%20b'))
  })

  it('reads the texts that engines mark as safe', () => {
    expect(fragmentKey('a', [new String('x')])).toBe(fragmentKey('a', ['x']))
    const safe = { toHTML: () => 'x', toString: () => 'x' }
    expect(fragmentKey('a', [safe])).toBe(fragmentKey('a', ['x']))
  })

  it('refuses what has no text of its own: two users must not share a fragment', () => {
    class User {}
    expect(() => fragmentKey('a', [new User()])).toThrow(ValueError)
    expect(() => fragmentKey('a', [() => 1])).toThrow(ValueError)
    expect(() => fragmentKey('')).toThrow(SettingsError)
  })
})

describe('fragment', () => {
  it('takes the alias of a process-wide cache', async () => {
    configure({ default: 'memory:', other: 'memory:' })
    expect(await fragment('other', { timeout: 5, name: 'a' }, () => 'x')).toBe('x')
    expect(await fragment('other', { timeout: 5, name: 'a' }, () => 'y')).toBe('x')
    expect(await fragment('default', { timeout: 5, name: 'a' }, () => 'z')).toBe('z')
    await expect(fragment('none', { timeout: 5, name: 'a' }, () => 'x')).rejects.toThrow(UnknownCacheError)
  })

  it('keeps an empty text, and a number as it is written', async () => {
    const cache = freshCache()
    expect(await fragment(cache, { timeout: 5, name: 'a' }, () => undefined)).toBe('')
    expect(await fragment(cache, { timeout: 5, name: 'a' }, () => 'x')).toBe('')
    expect(await fragment(cache, { timeout: 5, name: 'b' }, () => 5)).toBe('5')
  })

  it.each([
    [{ timeout: 'soon' }, "fragment 'a'.timeout must be"],
    [{ timeout: undefined }, "fragment 'a'.timeout must be"],
    [{ varyOn: 'x' }, "fragment 'a'.varyOn must be an array"],
    [{ tags: [''] }, "fragment 'a'.tags must be"],
    [{ lifetime: 1 }, "fragment 'a'.lifetime must be"],
    [{ ttl: 5 }, "fragment 'a'.ttl is not an option"],
  ])('names what is wrong in %j', async (wrong, message) => {
    const options = { timeout: 5, name: 'a', ...wrong } as Parameters<typeof fragment>[1]
    await expect(fragment(freshCache(), options, () => 'x')).rejects.toThrow(message)
  })

  it('renders once for all who ask meanwhile, and lets one error go to them all', async () => {
    const cache = freshCache()
    let renders = 0
    const render = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      if (++renders === 1) throw new Error('first')
      return 'x'
    }
    const ask = () => fragment(cache, { timeout: 5, name: 'a' }, render)
    const failed = await Promise.allSettled([ask(), ask(), ask()])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['x', 'x', 'x'])
    expect(renders).toBe(2)
  })

  it.each(['miss', 'throw'] as const)('renders without a store (%s)', async (onError) => {
    const store = new FaultyStore()
    store.failure = new Error('down')
    const cache = createCaches({ default: { store, onError } }).get('default')
    expect(await fragment(cache, { timeout: 5, name: 'a' }, () => 'x')).toBe('x')
    await expect(
      fragment(cache, { timeout: 5, name: 'a' }, () => Promise.reject(new Error('own'))),
    ).rejects.toThrow('own')
  })
})

describe('what contains a fragment', () => {
  it('is told of its tags, when it is rendered and when it comes from the cache', async () => {
    const cache = freshCache()
    const page = () =>
      collect(() => fragment(cache, { timeout: 5, name: 'a', tags: ['t1', 't2'] }, () => 'x'))
    expect([...(await page()).tags]).toEqual(['t1', 't2'])
    expect([...(await page()).tags]).toEqual(['t1', 't2'])
    expect((await page()).expires).toBeNull()
  })

  it('is told of the tags of those within, also when it comes from the cache', async () => {
    const cache = freshCache()
    const inner = () => fragment(cache, { timeout: 50, name: 'inner', tags: ['inner'] }, () => 'x')
    const outer = () => fragment(cache, { timeout: 50, name: 'outer', tags: ['outer'] }, inner)
    for (let i = 0; i < 3; i++) {
      const { tags, value } = await collect(outer)
      expect({ tags: [...tags].sort(), value }).toEqual({ tags: ['inner', 'outer'], value: 'x' })
    }
  })

  it.each([
    ['memory', () => freshCache()],
    [
      'a store that is waited for',
      () => createCaches({ default: { store: new ByteStore() } }).get('default'),
    ],
  ])('is dropped with any of its tags, and with those of the fragments in it: %s', async (_, make) => {
    const cache = make()
    let renders = 0
    const inner = () => fragment(cache, { timeout: 50, name: 'inner', tags: ['inner'] }, () => ++renders)
    const outer = () =>
      fragment(cache, { timeout: 50, name: 'outer', tags: ['outer'] }, async () => `(${await inner()})`)
    expect([await outer(), await outer()]).toEqual(['(1)', '(1)'])
    await cache.tags.invalidate(['other'])
    expect(await outer()).toBe('(1)')
    await cache.tags.invalidate(['inner'])
    expect([await outer(), await outer()]).toEqual(['(2)', '(2)'])
    await cache.delete(fragmentKey('inner'))
    await cache.tags.invalidate(['outer'])
    expect([await outer(), await outer()]).toEqual(['(3)', '(3)'])
  })

  it('does not keep what was rendered while its tag was invalidated', async () => {
    const cache = freshCache()
    const ask = (text: string, meanwhile = async () => {}) =>
      fragment(cache, { timeout: 50, name: 'a', tags: ['t'] }, () => meanwhile().then(() => text))
    expect(await ask('old', () => cache.tags.invalidate(['t']))).toBe('old')
    expect(await ask('new')).toBe('new')
  })

  it('tells those who waited for another to render it', async () => {
    const cache = freshCache()
    const page = () =>
      collect(() => fragment(cache, { timeout: 5, name: 'a', tags: ['t'], lifetime: true }, async () => 'x'))
    for (const { tags, expires } of await Promise.all([page(), page()])) {
      expect([...tags]).toEqual(['t'])
      expect(expires).not.toBeNull()
    }
  })

  it('is given nothing that began before a purge which had ended, also when a fragment is replaced', async () => {
    const cache = freshCache()
    const options = { name: 'f', timeout: 100, tags: ['t'] }
    // No fragment: it is replaced, by one of those who see it.
    await cache.set(fragmentKey('f', []), { not: 'a fragment' }, { tags: ['t'] })
    let letGo = () => {}
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const before = fragment(cache, options, async () => {
      await gate
      return 'old'
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    await cache.tags.invalidate(['t'])
    const after = fragment(cache, options, () => 'new')
    await new Promise((resolve) => setTimeout(resolve, 20))
    letGo()
    expect(await after).toBe('new')
    expect(['old', 'new']).toContain(await before)
  })

  it('learns when it ends, where that is asked', async () => {
    const cache = freshCache()
    const page = (lifetime: boolean) =>
      collect(() => fragment(cache, { timeout: 100, name: `${lifetime}`, lifetime }, () => 'x'))
    expect((await page(false)).expires).toBeNull()
    const first = (await page(true)).expires
    expect(Math.abs(Number(first) - (Date.now() + 100_000))).toBeLessThan(5000)
    passSeconds(40)
    expect((await page(true)).expires).toBe(first)
  })

  it('does not outlive it, where that is asked, and is rendered once when it ends', async () => {
    const cache = freshCache()
    let renders = 0
    const inner = () => fragment(cache, { timeout: 10, name: 'inner', lifetime: true }, () => 'x')
    const outer = () =>
      fragment(cache, { timeout: 1000, name: 'outer' }, async () => `${++renders}${await inner()}`)
    expect(await outer()).toBe('1x')
    passSeconds(9)
    expect(await outer()).toBe('1x')
    passSeconds(2)
    const shown = await Promise.all(Array.from({ length: 10 }, outer))
    expect(new Set(shown)).toEqual(new Set(['2x']))
    passSeconds(9)
    expect(await outer()).toBe('2x')
  })
})

describe('a fragment with a hole in it', () => {
  const holes = new Holes()
  const cart = holes.define('cart', () => '')
  const page = async (cache: Cache, render: () => string = () => `<b>${cart()}</b>`) => {
    const marks = new HoleMarks()
    const show = () => fragment(cache, { timeout: 50, name: 'a' }, render)
    const html = await runInContext({ marks, tags() {}, expiry() {} }, show)
    return marks.cutHoles(html)
  }

  it('has it in each page that it stands in', async () => {
    const cache = freshCache()
    const expected = { body: '<b></b>', holes: [{ at: 3, name: 'cart' }] }
    expect(await page(cache)).toEqual(expected)
    expect(await page(cache, () => 'other')).toEqual(expected)
    expect(await Promise.all([page(cache), page(cache)])).toEqual([expected, expected])
  })

  it.each([(mark: string) => mark.slice(0, -1), (mark: string) => mark.toUpperCase()])(
    'is not kept when the mark was changed: %p',
    async (change) => {
      const cache = freshCache()
      await page(cache, () => change(cart()))
      expect((await page(cache, () => 'other'))?.body).toBe('other')
    },
  )

  it('says so where nothing fills it', async () => {
    const cache = freshCache()
    await page(cache)
    const alone = fragment(cache, { timeout: 50, name: 'a' }, () => cart())
    await expect(alone).rejects.toThrow(/hole 'cart' stands in a page that nothing fills/)
  })
})

describe('fragmentHelper', () => {
  afterEach(() => configure({ default: 'memory:' }))

  it('finds its cache when it is used, not when it is made', async () => {
    const helper = fragmentHelper()
    configure({ default: 'memory:', fragments: 'memory:' })
    const { caches } = await import('@sitecache/core')
    await helper(5, 'a', [1], () => 'x')
    expect(await caches.get('fragments').get(fragmentKey('a', [1]))).toBe('x')
    await helper(5, 'a', null, { using: 'default' }, () => 'y')
    expect(await caches.get('default').get(fragmentKey('a'))).toBe('y')
  })

  it('refuses other options', () => {
    expect(() => fragmentHelper({ cache: 'x' } as never)).toThrow(
      /fragmentHelper\(\)\.cache is not an option/,
    )
    expect(() => fragmentHelper({ caches: {} } as never)).toThrow(/must be what createCaches\(\) answers/)
  })
})
