import { bytesOf } from '../stores/stored-value.js'
import { bytes, type Case, read, type TestGlobals } from './bench.js'

/** Rules for a store that keeps nothing. */
export function emptyCases(expect: TestGlobals['expect']): Case[] {
  return [
    [
      'every look-up is a miss',
      async ({ store }) => {
        await store.set('k', bytes('1'), null)
        expect(await store.get('k')).toEqual(undefined)
        expect(await store.has('k')).toEqual(false)
        expect(await store.touch('k', null)).toEqual(false)
        expect(await store.delete('k')).toEqual(false)
        expect(await store.incr('k', 1)).toEqual(undefined)
        expect((await store.getMany(['k'])).size).toEqual(0)
      },
    ],
    [
      'accepts what it is given',
      async ({ store }) => expect(await store.add('k', bytes('1'), null)).toEqual(true),
    ],
  ]
}

/** Rules of values: any bytes under any key. */
export function basicCases(expect: TestGlobals['expect']): Case[] {
  const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i)
  const keys = [
    'k',
    '',
    'a b',
    'line\nbreak',
    'żółć – 漢字 – 🙂',
    '../up',
    'a/b\\c',
    '%00',
    '__proto__',
    'x'.repeat(2000),
  ]
  return [
    ['a missing key is undefined', async ({ store }) => expect(await store.get('none')).toEqual(undefined)],
    [
      'any bytes come back, none included',
      async ({ store }) => {
        for (const value of [everyByte, new Uint8Array(0), bytes('\0')]) {
          await store.set('k', Uint8Array.from(value), null)
          const entry = await store.get('k')
          expect(entry && [...bytesOf(entry.value)]).toEqual([...value])
        }
      },
    ],
    [
      'an Encodable comes back as its bytes',
      async ({ store }) => {
        await store.set('k', { byteLength: 4, encode: () => [bytes('ab'), bytes('cd')] }, null)
        expect(await read(store, 'k')).toEqual('abcd')
      },
    ],
    [
      'keys of any text stay apart',
      async ({ store }) => {
        for (const [i, key] of keys.entries()) await store.set(key, bytes(String(i)), null)
        for (const [i, key] of keys.entries()) expect(await read(store, key)).toEqual(String(i))
        expect(await read(store, 'K')).toEqual(undefined)
      },
    ],
    [
      'set replaces, with its expiry',
      async ({ store, now }) => {
        await store.set('k', bytes('old'), now() + 60_000)
        await store.set('k', bytes('new'), null)
        expect(await read(store, 'k')).toEqual('new')
        expect((await store.get('k'))?.expires ?? null).toEqual(null)
      },
    ],
    [
      'delete says whether there was one',
      async ({ store }) => {
        await store.set('k', bytes('1'), null)
        expect(await store.delete('k')).toEqual(true)
        expect(await store.delete('k')).toEqual(false)
        expect(await store.get('k')).toEqual(undefined)
      },
    ],
  ]
}

/** Features of expiry that a store may lack. */
export interface ExpiryFlags {
  /** Reason why it counts in whole seconds: an entry may live up to a second longer. */
  readonly wholeSeconds?: string
}

/** Rules of expiry. */
export function expiryCases(expect: TestGlobals['expect'], flags: ExpiryFlags): Case[] {
  const precision = flags.wholeSeconds === undefined ? 1000 : 2000
  return [
    [
      'an entry is there until it expires, and then for no method',
      async ({ store, soon, outlive }) => {
        await store.set('k', bytes('1'), soon())
        expect(await read(store, 'k')).toEqual('1')
        await outlive()
        expect(await store.get('k')).toEqual(undefined)
        expect(await store.has('k')).toEqual(false)
        expect(await store.touch('k', null)).toEqual(false)
        expect(await store.incr('k', 1)).toEqual(undefined)
        expect((await store.getMany(['k'])).size).toEqual(0)
        expect(await store.delete('k')).toEqual(false)
        expect(await store.add('k', bytes('2'), null)).toEqual(true)
      },
    ],
    [
      'an expiry that is past keeps nothing, nor the old value',
      async ({ store, now }) => {
        await store.set('k', bytes('old'), null)
        await store.set('k', bytes('new'), now() - 1)
        expect(await store.get('k')).toEqual(undefined)
      },
    ],
    [
      'centuries ahead is not past',
      async ({ store, now }) => {
        await store.set('k', bytes('1'), now() + 200 * 365 * 86_400_000)
        expect(await read(store, 'k')).toEqual('1')
      },
    ],
    [
      flags.wholeSeconds === undefined
        ? 'get answers when it expires, to the second'
        : 'get answers when it expires, to two seconds',
      async ({ store, now }) => {
        const expires = now() + 60_000
        await store.set('k', bytes('1'), expires)
        const told = (await store.get('k'))?.expires ?? 0
        expect(Math.abs(told - expires) <= precision).toEqual(true)
      },
    ],
    ...(flags.wholeSeconds === undefined ? [briefCase(expect)] : []),
  ]
}

function briefCase(expect: TestGlobals['expect']): Case {
  return [
    'an entry may live for less than a second',
    async ({ store, now, pass }) => {
      await store.set('k', bytes('1'), now() + 300)
      await store.set('long', bytes('1'), now() + 60_000)
      await pass(400)
      expect(await store.get('k')).toEqual(undefined)
      expect(await read(store, 'long')).toEqual('1')
    },
  ]
}
