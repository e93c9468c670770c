import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createCaches, guardStore, memoryStore, type Store, tieredStore } from '@sitecache/core'
import { decorateStore } from '@sitecache/core/store'
import { FaultyStore } from '@sitecache/test-support/faulty-store'

beforeEach(() => {
  jest.useFakeTimers()
})
afterEach(() => {
  jest.useRealTimers()
})

/** Whether a cache over the store answers a read within so many milliseconds. */
async function isAnswered(store: Store, milliseconds: number): Promise<boolean> {
  const cache = createCaches({ default: { store } }).get('default')
  let answered = false
  void cache.get('k').then((value) => {
    answered = value === undefined
  })
  await jest.advanceTimersByTimeAsync(milliseconds)
  return answered
}

function hanging(): FaultyStore {
  const store = new FaultyStore()
  store.pause()
  return store
}

describe('a store that never answers', () => {
  it.each([
    ['of an author that has not guarded it', hanging],
    ['decorated', () => decorateStore(guardStore(memoryStore()), () => new Promise(() => {}))],
    ['behind a near one', () => tieredStore(memoryStore(), hanging())],
  ])('%s, is a miss after two seconds', async (_, make) => {
    expect(await isAnswered(make(), 1990)).toBe(false)
    expect(await isAnswered(make(), 2010)).toBe(true)
  })

  it('is waited for as long as its own guard says', async () => {
    const make = () => guardStore(hanging(), { timeoutMs: 5000 })
    expect(await isAnswered(make(), 4990)).toBe(false)
    expect(await isAnswered(make(), 5010)).toBe(true)
  })

  it('is asked again, however often it has failed, and its entries are there at once', async () => {
    const store = new FaultyStore()
    const cache = createCaches({ default: { store } }).get('default')
    await cache.set('k', 'kept')
    store.failure = new Error('down')
    for (let i = 0; i < 20; i += 1) expect(await cache.get('k')).toBeUndefined()
    store.failure = undefined
    expect(await cache.get('k')).toBe('kept')
  })
})
