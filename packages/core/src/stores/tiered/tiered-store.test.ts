import { afterEach, describe, expect, it, jest } from '@jest/globals'
import {
  createCaches,
  type Entry,
  memoryStore,
  SettingsError,
  type Store,
  type TieredStoreOptions,
  tieredStore,
} from '@sitecache/core'
import { storeContract, type TestGlobals } from '@sitecache/core/testing'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { LocalBus } from '@sitecache/test-support/local-bus'

const bytes = (text: string) => Buffer.from(text)
const textOf = (entry: Entry | undefined) => entry && Buffer.from(entry.value as Buffer).toString()

/** Two processes that share a far store, and what they say to each other. */
function setUp(options: TieredStoreOptions = {}) {
  let time = 1_000_000
  const now = () => time
  const far = new FaultyStore()
  const bus = new LocalBus()
  const process = () => tieredStore(memoryStore({ now }), far, { bus, now, ...options })
  return {
    far,
    bus,
    here: process(),
    there: process(),
    now,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

/** What a store answers without asking another. */
const nearBy = (store: Store, key: string) => textOf(store.near?.get(key))

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
  afterEach(() => {
    jest.useRealTimers()
  })

  describe('reading', () => {
    it('asks the far store once, and then answers from near', async () => {
      const { far, here } = setUp()
      await far.set('k', bytes('1'), null)
      const { asked } = far
      for (let i = 0; i < 5; i += 1) expect(textOf(await here.get('k'))).toBe('1')
      expect([...(await here.getMany(['k', 'k'])).keys()]).toEqual(['k'])
      expect(await here.has('k')).toBe(true)
      expect(far.asked - asked).toBe(1)
    })

    it('asks it once for all who ask meanwhile', async () => {
      const { far, here } = setUp()
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
      const { far, here } = setUp()
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
        const { far, here, pass } = setUp()
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
        const { far, here, there } = setUp()
        await far.set('a', bytes('a'), null)
        await here.getMany(['a', 'none'])
        await there.set('none', bytes('now'), null)
        expect(textOf((await here.getMany(['a', 'none'])).get('none'))).toBe('now')
      })

      it('asks for one by itself as if it knew nothing', async () => {
        const { far, here } = setUp()
        await far.set('a', bytes('a'), null)
        await here.getMany(['a', 'none'])
        await far.set('none', bytes('now'), null)
        expect(textOf(await here.get('none'))).toBe('now')
      })
    })

    it('keeps nothing near of keys of which none is there', async () => {
      const { here } = setUp()
      await here.getMany(['none', 'neither'])
      expect(here.near?.isAbsent('none')).toBe(false)
      expect(await here.stats()).toMatchObject({ near: { entries: 0 } })
    })

    it('asks again after nearTimeout, 5 seconds by default', async () => {
      const { far, here, pass } = setUp()
      await far.set('k', bytes('old'), null)
      await here.get('k')
      await far.set('k', bytes('new'), null)
      pass(4999)
      expect(textOf(await here.get('k'))).toBe('old')
      pass(1)
      expect(textOf(await here.get('k'))).toBe('new')
    })

    it('takes nearTimeout in the forms of every timeout', async () => {
      const { far, here, pass } = setUp({ nearTimeout: '2m' })
      await far.set('k', bytes('old'), null)
      await here.get('k')
      await far.delete('k')
      pass(119_999)
      expect(textOf(await here.get('k'))).toBe('old')
      pass(1)
      expect(await here.get('k')).toBeUndefined()
    })

    it('keeps nothing near for longer than it lives, and answers when that is', async () => {
      const { here, now, pass } = setUp()
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
      const { far, here, pass } = setUp()
      await far.set('k', bytes('a page'), null)
      const entry = await here.get('k')
      pass(4000)
      if (entry !== undefined) here.near?.remember('k', entry, page)
      expect(here.near?.get('k')?.value).toBe(page)
      pass(1000)
      expect(here.near?.get('k')).toBeUndefined()
    })

    it('does nothing when another entry has come since, or none is there', async () => {
      const { far, here } = setUp()
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

  describe('writing', () => {
    it('goes far first, then near', async () => {
      const { far, here } = setUp()
      far.pause()
      const set = here.set('k', bytes('1'), null)
      expect(nearBy(here, 'k')).toBeUndefined()
      far.resume()
      await set
      expect(nearBy(here, 'k')).toBe('1')
      expect(textOf(await far.get('k'))).toBe('1')
    })

    it('that fails leaves nothing near, and says so', async () => {
      const { far, here, there } = setUp()
      await here.set('k', bytes('old'), null)
      await there.get('k')
      far.failure = new Error('connection refused')
      await expect(here.set('k', bytes('new'), null)).rejects.toThrow('connection refused')
      expect([nearBy(here, 'k'), nearBy(there, 'k')]).toEqual([undefined, undefined])
      expect(await here.setMany(new Map([['k', bytes('new')]]), null)).toEqual(['k'])
      expect(nearBy(here, 'k')).toBeUndefined()
    })

    const changes: Record<string, (store: Store) => Promise<unknown>> = {
      set: (store) => store.set('a:k', bytes('7'), null),
      setMany: (store) => store.setMany(new Map([['a:k', bytes('7')]]), null),
      delete: (store) => store.delete('a:k'),
      deleteMany: (store) => store.deleteMany(['none', 'a:k']),
      clear: (store) => store.clear('a:'),
      incr: (store) => store.incr('a:k', 6),
      touch: (store) => store.touch('a:k', 1),
    }
    it.each(Object.entries(changes))(
      'by %s reaches the near stores of other processes',
      async (_, change) => {
        const { far, here, there } = setUp()
        await far.set('a:k', bytes('1'), null)
        await far.set('b:k', bytes('1'), null)
        for (const store of [here, there]) await store.getMany(['a:k', 'b:k'])
        await change(here)
        const truth = textOf(await far.get('a:k'))
        for (const store of [here, there]) expect(textOf(await store.get('a:k'))).toBe(truth)
        expect(nearBy(there, 'b:k')).toBe('1')
      },
    )

    it('by add, too, when it has stored', async () => {
      const { far, here, there, bus } = setUp()
      await here.set('k', bytes('1'), null)
      await there.get('k')
      // As a store does that needs room.
      await far.delete('k')
      expect(await here.add('k', bytes('2'), null)).toBe(true)
      expect(textOf(await there.get('k'))).toBe('2')
      const { length } = bus.messages
      expect(await here.add('k', bytes('3'), null)).toBe(false)
      expect(bus.messages.length).toBe(length)
      expect(textOf(await here.get('k'))).toBe('2')
    })

    it('does not drop what it has just written when its own message comes back', async () => {
      const { here } = setUp()
      await here.set('k', bytes('1'), null)
      expect(nearBy(here, 'k')).toBe('1')
    })

    it('of thousands of keys makes messages of bounded size', async () => {
      const { here, there, bus } = setUp()
      const keys = Array.from({ length: 2500 }, (_, i) => `k${i}`)
      await there.setMany(new Map(keys.map((key) => [key, bytes('1')])), null)
      expect(nearBy(there, 'k2499')).toBe('1')
      bus.messages.length = 0
      await here.deleteMany(keys)
      expect(bus.messages.length).toBe(3)
      for (const key of keys) expect(nearBy(there, key)).toBeUndefined()
    })
  })

  describe('a far store that fails', () => {
    it('leaves what is near to be answered until its time is over', async () => {
      const { far, here, pass } = setUp()
      await here.set('k', bytes('1'), null)
      far.failure = new Error('connection refused')
      pass(4999)
      expect(textOf(await here.get('k'))).toBe('1')
      expect([...(await here.getMany(['k'])).keys()]).toEqual(['k'])
      pass(1)
      await expect(here.get('k')).rejects.toThrow('connection refused')
      far.failure = undefined
      expect(textOf(await here.get('k'))).toBe('1')
    })
  })

  describe('the bus', () => {
    it('that lost its connection makes every near store drop all it holds', async () => {
      const { here, there, bus } = setUp()
      for (const store of [here, there]) await store.set('k', bytes('1'), null)
      bus.reconnect()
      expect([nearBy(here, 'k'), nearBy(there, 'k')]).toEqual([undefined, undefined])
    })

    it.each([
      '',
      'null',
      '[]',
      '{',
      '{"v":2,"from":"x","keys":[]}',
      '{"v":1,"from":"x","keys":[1]}',
      '{"v":1,"from":"x","keys":["a"],"prefix":1}',
      '{"v":1,"keys":["a"]}',
    ])('that says what nobody understands makes them drop all too: %s', async (message) => {
      const { here, bus } = setUp()
      await here.set('k', bytes('1'), null)
      await bus.publish(message)
      expect(nearBy(here, 'k')).toBeUndefined()
    })

    it('that fails does not fail the write, and is counted', async () => {
      const { here, bus } = setUp()
      bus.failure = new Error('connection refused')
      await here.set('k', bytes('1'), null)
      await here.clear('a:')
      expect(await here.stats()).toMatchObject({ invalidationsLost: 2, near: { entries: 1 } })
    })

    it('that hangs holds a write up for a quarter of a second at the most', async () => {
      jest.useFakeTimers()
      const { here, bus } = setUp()
      jest.spyOn(bus, 'publish').mockReturnValue(new Promise(() => {}))
      let done = false
      const set = here.set('k', bytes('1'), null).then(() => {
        done = true
      })
      await jest.advanceTimersByTimeAsync(240)
      expect(done).toBe(false)
      await jest.advanceTimersByTimeAsync(20)
      await set
      expect((await here.stats()).invalidationsLost).toBe(1)
    })

    it('is left, and closed, when the store closes', async () => {
      const { here, there, bus } = setUp()
      await here.close()
      expect(bus.closed).toBe(1)
      expect(bus.listeners).toBe(2)
      await there.close()
      expect(bus.listeners).toBe(0)
    })

    it('is not needed', async () => {
      const { far, now, pass } = setUp()
      const one = tieredStore(memoryStore({ now }), far, { now })
      const other = tieredStore(memoryStore({ now }), far, { now })
      await one.set('k', bytes('old'), null)
      await other.get('k')
      await one.set('k', bytes('new'), null)
      expect(textOf(await other.get('k'))).toBe('old')
      pass(5000)
      expect(textOf(await other.get('k'))).toBe('new')
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

describe("a cache's entries on a tiered store", () => {
  function cacheOn(options: { compress?: 'gzip' } = {}) {
    const far = new ByteStore()
    const store = tieredStore(memoryStore(), far)
    const cache = createCaches({ default: { store, ...options } }).get('default')
    return { far, store, cache }
  }
  const page = { byteLength: 5000, encode: () => [Buffer.alloc(5000)] }

  it('are answered without a promise when they are near, as they were given', async () => {
    const { cache, far } = cacheOn()
    await cache.entries.set('k', page, null)
    await cache.entries.set('l', page, null)
    far.failure = new Error('refused')
    expect(cache.entries.get('k')).toEqual({ value: page, expires: null })
    expect((cache.entries.get('k') as Entry).value).toBe(page)
    const found = cache.entries.getMany(['k', 'l'])
    expect(found).toBeInstanceOf(Map)
    expect([...(found as Map<string, Entry>).keys()]).toEqual(['k', 'l'])
  })

  it('are waited for when one is not near', async () => {
    const { cache, far } = cacheOn()
    await cache.entries.set('k', page, null)
    await far.set('l', bytes('1'), null)
    const found = cache.entries.getMany(['k', 'l', 'none'])
    expect(found).toBeInstanceOf(Promise)
    expect([...(await found).keys()].sort()).toEqual(['k', 'l'])
  })

  it('are remembered as what they were decoded to', async () => {
    const { cache, far } = cacheOn()
    await far.set('k', page, null)
    const entry = await cache.entries.get('k')
    if (entry === undefined) throw new Error('the entry is not there')
    cache.entries.remember('k', entry, page)
    expect((cache.entries.get('k') as Entry).value).toBe(page)
  })

  it('are read past what is near where it matters', async () => {
    const { cache, far } = cacheOn()
    await cache.entries.set('k', bytes('old'), null)
    await far.set('k', bytes('new'), null)
    expect(textOf(await cache.entries.get('k'))).toBe('old')
    expect(textOf(await cache.entries.getFresh('k'))).toBe('new')
    expect(textOf(await cache.entries.get('k'))).toBe('new')
    await cache.set('moved', 'old')
    await createCaches({ default: { store: far } })
      .get('default')
      .set('moved', 'new')
    await cache.incrVersion('moved')
    expect(await cache.get('moved', { version: 2 })).toBe('new')
    const here = createCaches({ default: { store: memoryStore() } }).get('default')
    here.entries.set('k', page, null)
    expect((here.entries.getFresh('k') as Entry).value).toBe(page)
  })

  it('are compressed far, and not near', async () => {
    const { cache, far } = cacheOn({ compress: 'gzip' })
    await cache.entries.set('k', page, null)
    expect((cache.entries.get('k') as Entry).value).toBe(page)
    expect(far.entries.get('k')?.bytes.length).toBeLessThan(500)
    const other = createCaches({
      default: { store: tieredStore(memoryStore(), far), compress: 'gzip' },
    }).get('default')
    const entry = await other.entries.get('k')
    expect(entry?.value).toEqual(Buffer.alloc(5000))
    expect(other.entries.get('k')).toBe(entry)
  })

  it('of a store in this process are had at once, and of one that fails are none', async () => {
    const here = createCaches({ default: { store: memoryStore() } }).get('default')
    here.entries.set('k', page, null)
    expect(here.entries.getMany(['k', 'none'])).toEqual(new Map([['k', { value: page, expires: null }]]))
    const entry = here.entries.get('k') as Entry
    here.entries.remember('k', entry, { ...page })
    expect((here.entries.get('k') as Entry).value).toBe(page)

    const far = new ByteStore()
    const cache = createCaches({ default: { store: far } }).get('default')
    const errors = jest.fn()
    cache.on('error', errors)
    far.failure = new Error('refused')
    expect(await cache.entries.getMany(['k'])).toEqual(new Map())
    expect(errors).toHaveBeenCalledTimes(1)
    expect(cache.entries.getMany([])).toEqual(new Map())
  })
})

describe('a tiered store whose far store fails', () => {
  const cacheOn = () => {
    const far = new FaultyStore()
    const cache = createCaches({ default: { store: tieredStore(memoryStore(), far) } }).get('default')
    return { far, cache }
  }

  it('goes on answering what is near, beside keys that are not', async () => {
    const { far, cache } = cacheOn()
    const errors = jest.fn()
    cache.on('error', errors)
    await cache.set('near', 1)
    far.failure = new Error('gone')
    expect(await cache.get('near')).toBe(1)
    expect(await cache.getMany(['near', 'far'])).toEqual(new Map([['near', 1]]))
    const [near, absent] = [cache.makeKey('near'), cache.makeKey('far')]
    expect([...(await cache.entries.getMany([near, absent])).keys()]).toEqual([near])
    expect([...(await cache.entries.getTogether([near, absent])).keys()]).toEqual([near])
    expect(errors).toHaveBeenCalledTimes(3)
  })

  it('answers values without tags also after tags were used', async () => {
    const { far, cache } = cacheOn()
    await cache.set('near', 1)
    await cache.set('tagged', 2, { tags: ['t'] })
    await cache.invalidateTags('u')
    far.failure = new Error('gone')
    expect(await cache.get('near')).toBe(1)
  })

  it('keeps nothing near of keys that nobody has, asked for beside one that all share', async () => {
    const near = memoryStore()
    const store = tieredStore(near, new FaultyStore())
    await store.set('shared', bytes('1'), null)
    for (let i = 0; i < 100; i += 1) await store.getMany(['shared', `page${i}`, `purged${i}`])
    expect((await near.stats()).entries).toBe(1)
  })

  it('does not fail for an entry that is too large to be near', async () => {
    const far = new FaultyStore()
    const store = tieredStore(memoryStore({ maxBytes: 2000 }), far)
    await store.set('k', Buffer.alloc(5000), null)
    expect((await store.get('k'))?.value.byteLength).toBe(5000)
    expect(nearBy(store, 'k')).toBeUndefined()
  })
})
