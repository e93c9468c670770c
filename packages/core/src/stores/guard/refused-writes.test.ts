import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createCaches, guardStore, type StoredValue } from '@sitecache/core'
import { FaultyStore } from '@sitecache/test-support/faulty-store'

const one = Buffer.from('1')

/** A store that answers reads and deletes, and refuses writes while `full`. */
class FullStore extends FaultyStore {
  full = false

  override async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    if (this.full) {
      this.asked += 1
      throw new Error('out of memory')
    }
    await super.set(key, value, expires)
  }
}

/** Resolves when the events under way have been handled. */
const settled = () => jest.advanceTimersByTimeAsync(0)

async function refuse(store: FullStore, guarded: ReturnType<typeof guardStore>): Promise<void> {
  await guarded.set('k', one, null)
  store.full = true
  for (let i = 0; i < 5; i += 1) await expect(guarded.set('l', one, null)).rejects.toThrow('out of memory')
  await settled()
}

describe('a store that refuses writes', () => {
  let store: FullStore
  let guarded: ReturnType<typeof guardStore>
  beforeEach(() => {
    jest.useFakeTimers()
    store = new FullStore()
    guarded = guardStore(store)
  })
  afterEach(() => {
    jest.restoreAllMocks()
    jest.useRealTimers()
  })

  it('goes on answering reads, and deletes', async () => {
    await refuse(store, guarded)
    expect((await guarded.get('k'))?.value).toEqual(one)
    expect([...(await guarded.getMany(['k'])).keys()]).toEqual(['k'])
    expect(await guarded.stats()).toEqual({ circuit: 'closed', writeCircuit: 'open' })
    expect(await guarded.delete('k')).toBe(true)
  })

  it('is asked for one write a second, and for none in between', async () => {
    await refuse(store, guarded)
    const { asked } = store
    for (let i = 0; i < 10; i += 1)
      await expect(guarded.add('l', one, null)).rejects.toThrow(
        /faulty store answers reads, but writes fail; one is tried every 1000 ms; .*out of memory/,
      )
    expect(store.asked).toBe(asked)
    await jest.advanceTimersByTimeAsync(1001)
    await expect(guarded.set('l', one, null)).rejects.toThrow('out of memory')
    await expect(guarded.set('l', one, null)).rejects.toThrow(/writes fail/)
    expect(store.asked).toBe(asked + 1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('is written to again when a write succeeds', async () => {
    await refuse(store, guarded)
    store.full = false
    await jest.advanceTimersByTimeAsync(1001)
    await guarded.set('l', one, null)
    await guarded.set('m', one, null)
    expect(await guarded.stats()).toEqual({ circuit: 'closed' })
  })

  it('counts as down when it does not answer reads either', async () => {
    await guarded.set('k', one, null)
    store.failure = new Error('gone')
    for (let i = 0; i < 5; i += 1) await expect(guarded.set('k', one, null)).rejects.toThrow('gone')
    await settled()
    await expect(guarded.get('k')).rejects.toThrow(/faulty store is down/)
    await expect(guarded.delete('k')).rejects.toThrow(/faulty store is down/)
    store.failure = undefined
    await jest.advanceTimersByTimeAsync(1001)
    await guarded.set('k', one, null)
    expect(await guarded.stats()).toEqual({ circuit: 'closed' })
  })

  describe('warns the process once, and once when it is over', () => {
    const warned = () => {
      const spy = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
      return () => spy.mock.calls.map(([message]) => String(message))
    }

    it('whichever caches use it, and whatever fails', async () => {
      const warnings = warned()
      const caches = createCaches({ default: 'memory:', a: { store: guarded }, b: { store: guarded } })
      await caches.get('a').set('k', 1)
      store.full = true
      for (let i = 0; i < 10; i += 1) {
        await caches.get('a').set('l', 1)
        await caches.get('b').set('l', 1)
        await settled()
      }
      expect(warnings()).toEqual([expect.stringMatching(/faulty store answers reads, but writes fail/)])
      store.full = false
      await jest.advanceTimersByTimeAsync(1001)
      await caches.get('a').set('l', 1)
      expect(warnings().slice(1)).toEqual([expect.stringMatching(/faulty store is back/)])
    })

    it('but not where an error has a listener', async () => {
      const warnings = warned()
      const cache = createCaches({ default: { store: guarded } }).get('default')
      const errors = jest.fn()
      cache.on('error', errors)
      store.full = true
      for (let i = 0; i < 10; i += 1) await cache.set('l', 1)
      expect(errors).toHaveBeenCalledTimes(10)
      store.full = false
      await jest.advanceTimersByTimeAsync(1001)
      await cache.set('l', 1)
      expect(warnings()).toEqual([])
    })
  })

  it('has no listener end the process or fail an operation: one that throws or rejects is a warning', async () => {
    const spy = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const cache = createCaches({ default: { store: guarded } }).get('default')
    cache.on('set', () => {
      throw new Error('of the listener')
    })
    cache.on('hit', (async () => {
      throw new Error('of the async listener')
    }) as () => void)
    await cache.set('k', 1)
    expect(await cache.get('k')).toBe(1)
    await settled()
    expect(spy.mock.calls.map(([message]) => String(message))).toEqual([
      expect.stringMatching(/listener.*of the listener/),
      expect.stringMatching(/listener.*of the async listener/),
    ])
  })
})
