import { afterEach, describe, expect, it, jest } from '@jest/globals'
import type { Store } from '@sitecache/core'
import { createCaches, memoryStore, tieredStore } from '@sitecache/core'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import { bytes, nearBy, textOf, twoTieredStores } from '@sitecache/test-support/tiered-stores'

describe('tieredStore', () => {
  afterEach(() => {
    jest.useRealTimers()
  })

  describe('writing', () => {
    it('goes far first, then near', async () => {
      const { far, here } = twoTieredStores()
      far.pause()
      const set = here.set('k', bytes('1'), null)
      expect(nearBy(here, 'k')).toBeUndefined()
      far.resume()
      await set
      expect(nearBy(here, 'k')).toBe('1')
      expect(textOf(await far.get('k'))).toBe('1')
    })

    it('that fails leaves nothing near, and says so', async () => {
      const { far, here, there } = twoTieredStores()
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
        const { far, here, there } = twoTieredStores()
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
      const { far, here, there, bus } = twoTieredStores()
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
      const { here } = twoTieredStores()
      await here.set('k', bytes('1'), null)
      expect(nearBy(here, 'k')).toBe('1')
    })

    it('of thousands of keys makes messages of bounded size', async () => {
      const { here, there, bus } = twoTieredStores()
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
      const { far, here, pass } = twoTieredStores()
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
      const { here, there, bus } = twoTieredStores()
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
      const { here, bus } = twoTieredStores()
      await here.set('k', bytes('1'), null)
      await bus.publish(message)
      expect(nearBy(here, 'k')).toBeUndefined()
    })

    it('that fails does not fail the write, and is counted', async () => {
      const { here, bus } = twoTieredStores()
      bus.failure = new Error('connection refused')
      await here.set('k', bytes('1'), null)
      await here.clear('a:')
      expect(await here.stats()).toMatchObject({ invalidationsLost: 2, near: { entries: 1 } })
    })

    it('that hangs holds a write up for a quarter of a second at the most', async () => {
      jest.useFakeTimers()
      const { here, bus } = twoTieredStores()
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
      const { here, there, bus } = twoTieredStores()
      await here.close()
      expect(bus.closed).toBe(1)
      expect(bus.listeners).toBe(2)
      await there.close()
      expect(bus.listeners).toBe(0)
    })

    it('is not needed', async () => {
      const { far, now, pass } = twoTieredStores()
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
