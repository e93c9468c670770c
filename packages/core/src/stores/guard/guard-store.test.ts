import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createCaches, guardStore, memoryStore, SettingsError, StoreError } from '@sitecache/core'
import { storeContract, type TestGlobals } from '@sitecache/core/testing'
import { FaultyStore } from '@sitecache/test-support/faulty-store'

const bytes = (text: string) => Buffer.from(text)

/** How a promise ended, without waiting for one that has not. */
function watch(promise: Promise<unknown>) {
  const seen: { value?: unknown; error?: unknown } = {}
  promise.then(
    (value) => {
      seen.value = value
    },
    (error) => {
      seen.error = error
    },
  )
  return seen
}

const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds)

async function down(store: FaultyStore, guarded: ReturnType<typeof guardStore>): Promise<void> {
  store.failure = new Error('connection refused')
  for (let i = 0; i < 5; i += 1) await expect(guarded.get('k')).rejects.toThrow('connection refused')
}

const globals: TestGlobals = {
  describe,
  it,
  expect: (value) => expect(value) as ReturnType<TestGlobals['expect']>,
}
storeContract('a guarded store', ({ now }) => guardStore(memoryStore({ now })), { globals })

describe('guardStore', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  describe('a store that is slow', () => {
    it('is waited for timeoutMs, and no longer', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store, { timeoutMs: 100 })
      store.pause()
      const seen = watch(guarded.get('k'))
      await pass(99)
      expect(seen).toEqual({})
      await pass(2)
      expect(seen.error).toBeInstanceOf(StoreError)
      expect(String(seen.error)).toMatch(/faulty store did not answer get within 100 ms.*raise timeoutMs/)
    })

    it.each(['a value', 'an error'])('answers %s too late: it is ignored', async (answer) => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      const unhandled = jest.fn()
      process.on('unhandledRejection', unhandled)
      store.pause()
      const seen = watch(guarded.get('k'))
      await pass(251)
      if (answer === 'an error') store.failure = new Error('too late')
      store.resume()
      await pass(10)
      jest.useRealTimers()
      await new Promise((resolve) => setImmediate(resolve))
      process.off('unhandledRejection', unhandled)
      expect(String(seen.error)).toMatch(/within 250 ms/)
      expect(unhandled).not.toHaveBeenCalled()
    })

    it('may still do a write that was given up', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      store.pause()
      const seen = watch(guarded.set('k', bytes('late'), null))
      await pass(251)
      expect(seen.error).toBeInstanceOf(StoreError)
      store.resume()
      await pass(1)
      expect((await guarded.get('k'))?.value).toEqual(bytes('late'))
    })

    it('is given longer to clear', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      store.pause()
      const seen = watch(guarded.clear('a:'))
      await pass(29_999)
      expect(seen).toEqual({})
      await pass(2)
      expect(String(seen.error)).toMatch(/clear within 30000 ms/)
    })

    it('leaves no timer behind what it answered in time', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await Promise.all([guarded.set('k', bytes('1'), null), guarded.get('k'), guarded.getMany(['k', 'l'])])
      store.failure = new Error('connection refused')
      await expect(guarded.get('k')).rejects.toThrow('connection refused')
      expect(jest.getTimerCount()).toBe(0)
    })
  })

  describe('a store that is down', () => {
    it('is not asked any more after 5 failures in a row, and everything fails at once', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await down(store, guarded)
      const { asked } = store
      const operations = [
        guarded.get('k'),
        guarded.getMany(['k']),
        guarded.set('k', bytes('1'), null),
        guarded.setMany(new Map(), null),
        guarded.add('k', bytes('1'), null),
        guarded.has('k'),
        guarded.touch('k', null),
        guarded.incr('k', 1),
        guarded.delete('k'),
        guarded.deleteMany(['k']),
        guarded.clear('k'),
      ]
      for (const ended of await Promise.allSettled(operations)) {
        expect(ended).toMatchObject({ status: 'rejected', reason: { name: 'StoreError' } })
        expect(String(Reflect.get(ended, 'reason'))).toMatch(
          /faulty store is down .*every 1000 ms; .*connection refused/,
        )
      }
      expect(store.asked).toBe(asked)
      expect(await guarded.stats()).toEqual({ circuit: 'open' })
    })

    it('is asked once every second, with one timer, however many wait', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await down(store, guarded)
      const { asked } = store
      for (let i = 0; i < 100; i += 1) watch(guarded.get('k'))
      expect(jest.getTimerCount()).toBe(1)
      await pass(10_000)
      expect(store.asked - asked).toBe(10)
      expect(jest.getTimerCount()).toBe(1)
    })

    it('is found to be back by itself', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await guarded.set('k', bytes('1'), null)
      await down(store, guarded)
      await pass(5000)
      store.failure = undefined
      await pass(1000)
      expect((await guarded.get('k'))?.value).toEqual(bytes('1'))
      expect(await guarded.stats()).toEqual({ circuit: 'closed' })
      expect(jest.getTimerCount()).toBe(0)
    })

    it('is found to be back although the wall clock was set back', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await down(store, guarded)
      jest.setSystemTime(Date.now() - 3_600_000)
      store.failure = undefined
      await pass(1001)
      expect((await guarded.stats()).circuit).toBe('closed')
    })

    it('makes no one wait for a probe that hangs', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await down(store, guarded)
      store.pause()
      await pass(1001)
      expect((await guarded.stats()).circuit).toBe('half-open')
      await expect(guarded.get('k')).rejects.toThrow(/is down/)
    })

    it('that stalls costs the first callers timeoutMs', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store, { failures: 2 })
      store.pause()
      const seen = [watch(guarded.get('a')), watch(guarded.get('b'))]
      await pass(251)
      expect(seen.map(({ error }) => error instanceof StoreError)).toEqual([true, true])
      await expect(guarded.get('c')).rejects.toThrow(/is down.*did not answer get within 250 ms/)
    })

    it('is told of without credentials', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store, { failures: 1 })
      store.failure = new Error('connect to redis://me:secret@10.0.0.1 failed')
      await expect(guarded.get('k')).rejects.toThrow()
      await expect(guarded.get('k')).rejects.toThrow(/redis:\/\/\*\*\*@10\.0\.0\.1/)
      await expect(guarded.get('k')).rejects.not.toThrow(/secret/)
    })
  })

  it('does not take misuse, or failures between successes, for a store that is down', async () => {
    const store = new FaultyStore()
    const guarded = guardStore(store)
    await guarded.set('text', bytes('x'), null)
    for (let i = 0; i < 20; i += 1)
      await expect(guarded.incr('text', 1)).rejects.toMatchObject({ name: 'ValueError' })
    for (let i = 0; i < 20; i += 1) {
      store.failure = i % 4 === 3 ? undefined : new Error('refused')
      await guarded.get('text').catch(() => {})
    }
    store.failure = undefined
    expect((await guarded.get('text'))?.value).toEqual(bytes('x'))
  })

  describe('check', () => {
    it('asks the store itself while it counts as down', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await down(store, guarded)
      await expect(guarded.check()).rejects.toThrow('connection refused')
      store.failure = undefined
      await guarded.check()
    })

    it('waits 5 seconds', async () => {
      const store = new FaultyStore()
      store.pause()
      const seen = watch(guardStore(store).check())
      await pass(4999)
      expect(seen).toEqual({})
      await pass(2)
      expect(String(seen.error)).toMatch(/check within 5000 ms/)
    })
  })

  describe('close', () => {
    it('does not wait for a store that hangs, and leaves no timer', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await down(store, guarded)
      store.pause()
      const seen = watch(guarded.close().then(() => 'closed'))
      await pass(5001)
      expect(seen).toEqual({ value: 'closed' })
      expect(jest.getTimerCount()).toBe(0)
      await expect(guarded.get('k')).rejects.toThrow(/faulty store is closed/)
      await expect(guarded.check()).rejects.toThrow(/faulty store is closed/)
    })

    it('tells what the store says', async () => {
      const store = new FaultyStore()
      store.failure = new Error('can not close')
      await expect(guardStore(store).close()).rejects.toThrow('can not close')
    })

    it('while it is being tried again leaves no timer either', async () => {
      const store = new FaultyStore()
      const guarded = guardStore(store)
      await down(store, guarded)
      store.pause()
      await pass(1001)
      watch(guarded.close())
      await pass(6000)
      expect(jest.getTimerCount()).toBe(0)
    })
  })

  it("is a miss and an event to a cache, or thrown with onError: 'throw'", async () => {
    const store = new FaultyStore()
    const guarded = guardStore(store, { failures: 1 })
    const caches = createCaches({
      default: 'memory:',
      quiet: { store: guarded },
      loud: { store: guarded, onError: 'throw' },
    })
    const errors = jest.fn()
    caches.get('quiet').on('error', errors)
    store.failure = new Error('refused')
    expect(await caches.get('quiet').get('k')).toBeUndefined()
    expect(await caches.get('quiet').get('k')).toBeUndefined()
    expect(errors).toHaveBeenCalledTimes(2)
    await expect(caches.get('loud').get('k')).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringMatching(/^get of cache 'loud' failed: the faulty store is down/),
      cause: expect.any(StoreError),
    })
  })

  it('does not call late what came while the event loop was busy', async () => {
    jest.useRealTimers()
    // Its answer is there at once, and is read where sockets are: between timers and immediates.
    class PortStore extends FaultyStore {
      override async get() {
        const { port1, port2 } = new MessageChannel()
        port1.postMessage('value')
        const [text] = await once(port2, 'message')
        port1.close()
        return { value: bytes(text), expires: null }
      }
    }
    const read = guardStore(new PortStore(), { timeoutMs: 20 }).get('k')
    const due = performance.now() + 25
    while (performance.now() < due);
    expect(await read).toEqual({ value: bytes('value'), expires: null })
  })

  it.each([
    [{ timeout: 1 }, /guardStore\(\)\.timeout is not an option\. Did you mean timeoutMs\?/],
    [{ timeoutMs: 0 }, /timeoutMs must be a whole number of at least 1; got 0/],
    [{ failures: '5' }, /failures must be a whole number/],
  ])('refuses %j', (options, message) => {
    const make = () => guardStore(memoryStore(), options as { timeoutMs: number })
    expect(make).toThrow(SettingsError)
    expect(make).toThrow(message)
  })
})
