import { TooLargeError } from './errors.js'
import type { Meter } from './meter.js'
import type { Pending } from './pending.js'
import type { Entry, Store, SyncStore } from './store.js'
import type { StoredValue } from './stored-value.js'

/**
 * A cache's raw entries under full keys, for packages that bring their own encoding.
 *
 * Never throws or rejects: a store that fails is a miss, an 'error' event and a count, whatever `onError` says.
 * Answers without a promise when the store lives in this process.
 */
export class CacheEntries {
  readonly #store: Store
  readonly #sync: SyncStore | undefined
  readonly #meter: Meter
  readonly #pending: Pending

  constructor(store: Store, meter: Meter, pending: Pending) {
    this.#store = store
    this.#sync = store.sync
    this.#meter = meter
    this.#pending = pending
  }

  /** Undefined on a miss; an expired entry is one. */
  get(fullKey: string): Entry | undefined | Promise<Entry | undefined> {
    if (this.#pending.closed) return undefined
    if (this.#sync === undefined) return this.#wait('get', () => this.#store.get(fullKey), undefined)
    try {
      return this.#sync.get(fullKey)
    } catch (error) {
      this.#meter.error(error, 'get')
      return undefined
    }
  }

  /** Stores until `expires`, in milliseconds since the epoch; null: for ever. `Caches.idle()` waits for it. */
  set(fullKey: string, value: StoredValue, expires: number | null): void | Promise<void> {
    if (this.#pending.closed) return
    if (this.#sync === undefined) {
      return this.#pending.track(this.#wait('set', () => this.#store.set(fullKey, value, expires), undefined))
    }
    try {
      this.#sync.set(fullKey, value, expires)
    } catch (error) {
      this.#meter.error(error, 'set')
    }
  }

  /** Whether there was one; false also when the store failed. `Caches.idle()` waits for it. */
  delete(fullKey: string): boolean | Promise<boolean> {
    if (this.#pending.closed) return false
    if (this.#sync === undefined) {
      return this.#pending.track(this.#wait('delete', () => this.#store.delete(fullKey), false))
    }
    try {
      return this.#sync.delete(fullKey)
    } catch (error) {
      this.#meter.error(error, 'delete')
      return false
    }
  }

  async #wait<T>(operation: string, run: () => Promise<T>, failed: T): Promise<T> {
    const started = performance.now()
    try {
      return await run()
    } catch (error) {
      if (error instanceof TooLargeError) this.#meter.skip('too-large')
      else this.#meter.error(error, operation)
      return failed
    } finally {
      this.#meter.latency(performance.now() - started)
    }
  }
}
