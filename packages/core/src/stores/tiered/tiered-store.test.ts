import { describe, expect, it, jest } from '@jest/globals'
import {
  createCaches,
  memoryStore,
  SettingsError,
  type Store,
  type TieredStoreOptions,
  tieredStore,
} from '@sitecache/core'
import { storeContract, type TestGlobals } from '@sitecache/core/testing'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { LocalBus } from '@sitecache/test-support/local-bus'
import { bytes, nearBy, textOf, twoTieredStores } from '@sitecache/test-support/tiered-stores'

const globals: TestGlobals = {
  describe,
  it,
  expect: (value) => expect(value) as ReturnType<TestGlobals['expect']>,
}
storeContract(
  'a tiered store',
  ({ now }) => tieredStore(memoryStore({ now }), memoryStore({ now }), { now, bus: new LocalBus() }),
  { globals },
)

describe('tieredStore', () => {
  describe('reading', () => {
    it('asks the far store once, and then answers from near', async () => {
      const { far, here } = twoTieredStores()
      await far.set('k', bytes('1'), null)
      const { asked } = far
      for (let i = 0; i < 5; i += 1) expect(textOf(await here.get('k'))).toBe('1')
      expect([...(await here.getMany(['k', 'k'])).keys()]).toEqual(['k'])
      expect(await here.has('k')).toBe(true)
      expect(far.asked - asked).toBe(1)
    })

    it('asks it once for all who ask meanwhile', async () => {
      const { far, here } = twoTieredStores()
      await far.set('k', bytes('1'), null)
      const { asked } = far
      const answers = await Promise.all([
        ...Array.from({ length: 50 }, () => here.get('k')),
        here.getMany(['k', 'none']).then((found) => found.get('k')),
      ])
      expect(answers.map(textOf)).toEqual(Array(51).fill('1'))
      // And once for 'none'.
      expect(far.asked - asked).toBe(2)
    })

    it('asks for what is not near in one round trip', async () => {
      const { far, here } = twoTieredStores()
      for (const key of ['a', 'b', 'c']) await far.set(key, bytes(key), null)
      await here.get('b')
      const getMany = jest.spyOn(far, 'getMany')
      const found = await here.getMany(['a', 'b', 'c', 'none', 'a'])
      expect([...found].map(([key, entry]) => [key, textOf(entry)])).toEqual([
        ['a', 'a'],
        ['b', 'b'],
        ['c', 'c'],
      ])
      expect(getMany.mock.calls).toEqual([[['a', 'c', 'none']]])
    })

    describe('several keys, of which some are there', () => {
      it('knows for as long that the others are not', async () => {
        const { far, here, pass } = twoTieredStores()
        await far.set('a', bytes('a'), null)
        await here.getMany(['a', 'none'])
        const { asked } = far
        pass(4999)
        expect([...(await here.getMany(['a', 'none'])).keys()]).toEqual(['a'])
        expect([here.near?.isAbsent('none'), here.near?.isAbsent('a'), far.asked - asked]).toEqual([
          true,
          false,
          0,
        ])
        pass(1)
        expect([...(await here.getMany(['a', 'none'])).keys()]).toEqual(['a'])
        expect(far.asked - asked).toBe(2)
      })

      it('knows it no longer when another process sets one', async () => {
        const { far, here, there } = twoTieredStores()
        await far.set('a', bytes('a'), null)
        await here.getMany(['a', 'none'])
        await there.set('none', bytes('now'), null)
        expect(textOf((await here.getMany(['a', 'none'])).get('none'))).toBe('now')
      })

      it('asks for one by itself as if it knew nothing', async () => {
        const { far, here } = twoTieredStores()
        await far.set('a', bytes('a'), null)
        await here.getMany(['a', 'none'])
        await far.set('none', bytes('now'), null)
        expect(textOf(await here.get('none'))).toBe('now')
      })
    })

    it('keeps nothing near of keys of which none is there', async () => {
      const { here } = twoTieredStores()
      await here.getMany(['none', 'neither'])
      expect(here.near?.isAbsent('none')).toBe(false)
      expect(await here.stats()).toMatchObject({ near: { entries: 0 } })
    })

    it('asks again after nearTimeout, 5 seconds by default', async () => {
      const { far, here, pass } = twoTieredStores()
      await far.set('k', bytes('old'), null)
      await here.get('k')
      await far.set('k', bytes('new'), null)
      pass(4999)
      expect(textOf(await here.get('k'))).toBe('old')
      pass(1)
      expect(textOf(await here.get('k'))).toBe('new')
    })

    it('takes nearTimeout in the forms of every timeout', async () => {
      const { far, here, pass } = twoTieredStores({ nearTimeout: '2m' })
      await far.set('k', bytes('old'), null)
      await here.get('k')
      await far.delete('k')
      pass(119_999)
      expect(textOf(await here.get('k'))).toBe('old')
      pass(1)
      expect(await here.get('k')).toBeUndefined()
    })

    it('keeps nothing near for longer than it lives, and answers when that is', async () => {
      const { here, now, pass } = twoTieredStores()
      await here.set('k', bytes('1'), now() + 1000)
      expect((await here.get('k'))?.expires).toBe(now() + 1000)
      expect(here.near?.get('k')?.expires).toBe(now() + 1000)
      await here.set('l', bytes('1'), now() + 60_000)
      expect(here.near?.get('l')?.expires).toBe(now() + 60_000)
      pass(1000)
      expect(here.near?.get('k')).toBeUndefined()
    })

    it('does not hold on to the buffer that an answer is a slice of', async () => {
      const far = Object.assign(new FaultyStore(), {
        get: async () => ({ value: Buffer.alloc(1_000_000).subarray(0, 3), expires: null }),
      })
      const store = tieredStore(memoryStore(), far)
      const [first, second] = [await store.get('k'), await store.get('k')]
      expect(first).toBe(second)
      expect(first?.value).toHaveProperty('buffer.byteLength', 3)
    })
  })

  describe('remember', () => {
    const page = { byteLength: 5, encode: () => [bytes('a page')] }

    it('answers what bytes were decoded to, by reference, and does not prolong its life', async () => {
      const { far, here, pass } = twoTieredStores()
      await far.set('k', bytes('a page'), null)
      const entry = await here.get('k')
      pass(4000)
      if (entry !== undefined) here.near?.remember('k', entry, page)
      expect(here.near?.get('k')?.value).toBe(page)
      pass(1000)
      expect(here.near?.get('k')).toBeUndefined()
    })

    it('does nothing when another entry has come since, or none is there', async () => {
      const { far, here } = twoTieredStores()
      await far.set('k', bytes('a page'), null)
      const entry = await here.get('k')
      if (entry === undefined) throw new Error('the entry is not there')
      await here.set('k', bytes('a newer'), null)
      here.near?.remember('k', entry, page)
      expect(nearBy(here, 'k')).toBe('a newer')
      await here.delete('k')
      here.near?.remember('k', entry, page)
      expect(here.near?.get('k')).toBeUndefined()
    })
  })

  it('closes a far store that a cache uses too only when that has closed', async () => {
    const far = new FaultyStore()
    const close = jest.spyOn(far, 'close')
    const caches = createCaches({
      default: 'memory:',
      near: { store: tieredStore(memoryStore(), far) },
      far: { store: far },
    })
    await caches.get('near').close()
    expect(close).not.toHaveBeenCalled()
    await caches.get('far').close()
    expect(close).toHaveBeenCalledTimes(1)
  })

  it.each<[string, () => Store, RegExp]>([
    [
      'a near store elsewhere',
      () => tieredStore(new FaultyStore(), memoryStore()),
      /near must be a store in this/,
    ],
    ['no far store', () => tieredStore(memoryStore(), {} as Store), /far must be a store/],
    [
      'one store twice',
      () => {
        const store = memoryStore()
        return tieredStore(store, store)
      },
      /another one than near/,
    ],
    [
      'a timeout of nothing',
      () => tieredStore(memoryStore(), memoryStore(), { nearTimeout: 0 }),
      /nearTimeout must be more than 0 seconds/,
    ],
    [
      'no timeout',
      () => tieredStore(memoryStore(), memoryStore(), { nearTimeout: null }),
      /and an end; got null/,
    ],
    [
      'no bus',
      () => tieredStore(memoryStore(), memoryStore(), { bus: {} as LocalBus }),
      /bus must be a bus with publish/,
    ],
    [
      'an unknown option',
      () => tieredStore(memoryStore(), memoryStore(), { buss: 1 } as TieredStoreOptions),
      /Did you mean bus/,
    ],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(SettingsError)
    expect(make).toThrow(message)
  })
})
