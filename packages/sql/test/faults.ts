import { afterAll, afterEach, beforeAll, expect } from '@jest/globals'
import { type Cache, type Caches, createCaches, StoreError } from '@sitecache/core'
import { type SqlStoreOptions, sqlStore } from '@sitecache/sql'
import { stopwatch } from '@sitecache/test-support/stopwatch'

/** What a request may have to wait for a cache that fails, in milliseconds. */
export const BOUND = 3000

let caches: Caches | undefined

/** Closes the caches of `cacheOn`, and has a rejection that nobody handled fail the test. */
export function watchFaults(): void {
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)
  beforeAll(() => void process.on('unhandledRejection', note))
  afterAll(() => void process.off('unhandledRejection', note))
  afterEach(async () => {
    await caches?.close()
    expect(unhandled).toEqual([])
  })
}

/** A cache in a table of its own with a value in it, and the errors that it tells of. */
export async function cacheOn(url: string, options: SqlStoreOptions = {}) {
  const table = `faults_${Math.random().toString(36).slice(2)}`
  const store = sqlStore(url, { ...options, table })
  await store.createTable()
  caches = createCaches({ default: { store } })
  const cache = caches.get('default')
  const errors: unknown[] = []
  cache.on('error', ({ error }) => errors.push(error))
  // The first connection of a busy machine may take longer than an operation is waited for.
  await expectHitsAgain(cache, () => cache.set('k', 'value', 600))
  return { cache, store, table, errors }
}

/** Looks a key up that is a miss because of a fault: soon, and counted. */
export async function expectMisses(cache: Cache, errors: unknown[], times = 7): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    const [before, elapsed] = [errors.length, stopwatch()]
    expect(await cache.get('k')).toBeUndefined()
    await cache.set('other', 1)
    expect(elapsed()).toBeLessThan(BOUND)
    expect(errors.length).toBe(before + 2)
  }
  expect(errors.every((error) => error instanceof StoreError)).toBe(true)
  expect((await cache.stats()).errors).toBe(errors.length)
}

/** Waits until something is so. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await holds())) if (Date.now() > deadline) throw new Error('still not so after 20 seconds')
}

/** The cache answers, and stores, by itself before long. */
export async function expectHitsAgain(cache: Cache, before = async () => {}): Promise<void> {
  const deadline = Date.now() + 20_000
  for (;;) {
    await before()
    await cache.set('new', 'stored')
    if ((await cache.get('k')) === 'value' && (await cache.get('new')) === 'stored') return
    if (Date.now() > deadline) throw new Error('no hit within 20 seconds')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
