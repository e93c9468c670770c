import type { Store } from '../stores/store.js'
import { bytes, type Case, read, type TestGlobals } from './bench.js'

/** `add` and `touch`. */
export function conditionalCases(expect: TestGlobals['expect']): Case[] {
  return [
    [
      'add stores only what is not there',
      async ({ store }) => {
        expect(await store.add('k', bytes('1'), null)).toEqual(true)
        expect(await store.add('k', bytes('2'), null)).toEqual(false)
        expect(await read(store, 'k')).toEqual('1')
      },
    ],
    [
      'a refused add leaves the expiry',
      async ({ store, soon, outlive }) => {
        await store.set('k', bytes('1'), soon())
        await store.add('k', bytes('2'), null)
        await outlive()
        expect(await store.has('k')).toEqual(false)
      },
    ],
    [
      'touch changes the expiry and not the value',
      async ({ store, soon, outlive }) => {
        await store.set('k', bytes('1'), soon())
        expect(await store.touch('k', null)).toEqual(true)
        expect(await store.touch('none', null)).toEqual(false)
        await outlive()
        expect(await read(store, 'k')).toEqual('1')
      },
    ],
  ]
}

/** Counting. */
export function incrCases(expect: TestGlobals['expect']): Case[] {
  return [
    [
      'adds to ASCII decimals, downwards too',
      async ({ store }) => {
        await store.set('k', bytes('41'), null)
        expect(await store.incr('k', 1)).toEqual(42)
        expect(await store.incr('k', -50)).toEqual(-8)
        expect(await read(store, 'k')).toEqual('-8')
      },
    ],
    [
      'a missing key is undefined',
      async ({ store }) => expect(await store.incr('none', 1)).toEqual(undefined),
    ],
    [
      'refuses what is no integer, and leaves it',
      async ({ store }) => {
        for (const text of ['', 'x', '1.5', '\u0001a', '9'.repeat(30)]) {
          await store.set('k', bytes(text), null)
          await expect(store.incr('k', 1)).rejects.toThrow(/whole number|integer/)
          expect(await read(store, 'k')).toEqual(text)
        }
      },
    ],
    [
      'keeps the expiry',
      async ({ store, soon, outlive }) => {
        await store.set('k', bytes('1'), soon())
        await store.incr('k', 1)
        await outlive()
        expect(await store.get('k')).toEqual(undefined)
      },
    ],
  ]
}

/** Several keys at once. */
export function manyCases(expect: TestGlobals['expect']): Case[] {
  return [
    [
      'getMany answers hits only, each key once',
      async ({ store }) => {
        await store.set('a', bytes('1'), null)
        const found = await store.getMany(['a', 'a', 'none'])
        expect([...found.keys()]).toEqual(['a'])
        expect((await store.getMany([])).size).toEqual(0)
      },
    ],
    [
      'setMany stores all, with the expiry, and names no failed key',
      async ({ store, soon, outlive }) => {
        const entries = new Map(Array.from({ length: 100 }, (_, i) => [`k${i}`, bytes(String(i))]))
        expect(await store.setMany(entries, soon())).toEqual([])
        expect((await store.getMany([...entries.keys()])).size).toEqual(100)
        expect(await store.setMany(new Map(), null)).toEqual([])
        await outlive()
        expect((await store.getMany([...entries.keys()])).size).toEqual(0)
      },
    ],
    [
      'deleteMany counts those that were there',
      async ({ store }) => {
        await store.set('a', bytes('1'), null)
        await store.set('b', bytes('1'), null)
        expect(await store.deleteMany(['a', 'b', 'none'])).toEqual(2)
        expect(await store.deleteMany([])).toEqual(0)
      },
    ],
  ]
}

/** Dropping a prefix and nothing else. */
export function clearCases(expect: TestGlobals['expect']): Case[] {
  return [
    [
      'drops what begins with the prefix, and nothing else',
      async ({ store }) => {
        const others = ['ab:1:x', 'b:1:a:', 'A:1:x', 'a', 'a*:1:x']
        for (const key of ['a:1:x', 'a:2:y', ...others]) await store.set(key, bytes('1'), null)
        await store.clear('a:')
        expect(await keysThere(store, ['a:1:x', 'a:2:y', ...others])).toEqual(others)
      },
    ],
    [
      'takes wildcards of any store as text',
      async ({ store }) => {
        const others = ['ax:1:k', 'axx:1:k']
        const wild = ['a*:', 'a?:', 'a%:', 'a_:', 'a[x]:', 'a\\x:']
        const keys = [...others, ...wild.map((prefix) => `${prefix}1:k`)]
        for (const key of keys) await store.set(key, bytes('1'), null)
        for (const prefix of wild) await store.clear(prefix)
        expect(await keysThere(store, keys)).toEqual(others)
      },
    ],
  ]
}

/** In the order asked for: a store may answer in another. */
async function keysThere(store: Store, keys: readonly string[]): Promise<string[]> {
  const found = await store.getMany(keys)
  return keys.filter((key) => found.has(key))
}

/** Many callers at once. */
export function compareCases(expect: TestGlobals['expect']): Case[] {
  return [
    [
      'compareDelete and compareTouch, where there are such, heed no other value',
      async ({ store, soon, outlive }) => {
        if (store.compareDelete === undefined || store.compareTouch === undefined) return
        for (const mine of ['token', '42']) {
          expect(await store.compareDelete('k', bytes(mine))).toEqual(false)
          expect(await store.compareTouch('k', bytes(mine), null)).toEqual(false)
          await store.set('k', bytes(mine), null)
          expect(await store.compareTouch('k', bytes('other'), soon())).toEqual(false)
          expect(await store.compareDelete('k', bytes('other'))).toEqual(false)
          expect(await store.compareTouch('k', bytes(mine), soon())).toEqual(true)
          expect((await store.get('k'))?.expires !== null).toEqual(true)
          expect(await store.compareDelete('k', bytes(mine))).toEqual(true)
          expect(await store.has('k')).toEqual(false)
        }
        await store.set('k', bytes('token'), null)
        expect(await store.compareTouch('k', bytes('token'), soon())).toEqual(true)
        await outlive()
        expect([await read(store, 'k'), await store.compareDelete('k', bytes('token'))]).toEqual([
          undefined,
          false,
        ])
      },
    ],
  ]
}

export function atomicCases(expect: TestGlobals['expect']): Case[] {
  return [
    [
      'one of many concurrent adds succeeds',
      async ({ store }) => {
        const added = await Promise.all(
          Array.from({ length: 20 }, (_, i) => store.add('k', bytes(String(i)), null)),
        )
        expect(added.filter(Boolean).length).toEqual(1)
      },
    ],
    [
      'no concurrent incr is lost',
      async ({ store }) => {
        await store.set('k', bytes('0'), null)
        await Promise.all(Array.from({ length: 50 }, () => store.incr('k', 1)))
        expect(await read(store, 'k')).toEqual('50')
      },
    ],
  ]
}
