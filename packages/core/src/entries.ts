import { TooLargeError } from './errors.js'
import type { Meter } from './meter.js'
import type { Pending } from './pending.js'
import { ReadBatches } from './read-batches.js'
import type { Entry, NearEntries, Store, SyncStore } from './store.js'
import type { Encodable, StoredValue } from './stored-value.js'

/**
 * A cache's raw entries under full keys, for packages that bring their own encoding.
 *
 * Never throws or rejects: a store that fails is a miss, an 'error' event and a count, whatever `onError` says.
 * Answers without a promise when the store lives in this process, or keeps what is asked for near.
 */
export class CacheEntries {
  readonly #store: Store
  readonly #sync: SyncStore | undefined
  readonly #near: NearEntries | undefined
  readonly #meter: Meter
  readonly #pending: Pending
  readonly #batches: ReadBatches
  /** The store has failed since the last entry was stored: the next will most likely not be kept. */
  isFailing = false

  constructor(store: Store, meter: Meter, pending: Pending) {
    this.#store = store
    this.#sync = store.sync
    this.#near = store.near
    this.#meter = meter
    this.#pending = pending
    this.#batches = new ReadBatches((fullKeys) => this.#readMany(fullKeys))
  }

  /** Undefined on a miss; an expired entry is one. */
  get(fullKey: string): Entry | undefined | Promise<Entry | undefined> {
    if (this.#pending.closed) return undefined
    try {
      if (this.#sync !== undefined) return this.#sync.get(fullKey)
      const near = this.#near?.get(fullKey)
      if (near !== undefined) return near
    } catch (error) {
      this.#meter.error(error, 'get')
      return undefined
    }
    return this.#wait('get', () => this.#store.get(fullKey), undefined)
  }

  /**
   * As `get`, past what is near: what the store itself holds now. For what is decided by it and then written, such as
   * whether a page was purged while it was rendered; what is near may be older than a purge by another process.
   */
  getFresh(fullKey: string): Entry | undefined | Promise<Entry | undefined> {
    this.#near?.drop(fullKey)
    return this.get(fullKey)
  }

  /** Has the next look at these keys go past what is near: for who waits for what another process is about to store. */
  dropNear(fullKeys: readonly string[]): void {
    for (const fullKey of fullKeys) this.#near?.drop(fullKey)
  }

  /** Hits only, in one round trip. */
  getMany(fullKeys: readonly string[]): Map<string, Entry> | Promise<Map<string, Entry>> {
    return this.#here(fullKeys) ?? this.#readMany(fullKeys)
  }

  /**
   * As `getMany`, for what each of many requests asks for: those that come in the same turn of the event loop share a round trip. The
   * answer may hold what others asked for.
   */
  getTogether(fullKeys: readonly string[]): ReadonlyMap<string, Entry> | Promise<ReadonlyMap<string, Entry>> {
    return this.#here(fullKeys) ?? this.#batches.read(fullKeys)
  }

  /** Undefined: the store has to be asked. */
  #here(fullKeys: readonly string[]): Map<string, Entry> | undefined {
    if (this.#pending.closed || fullKeys.length === 0) return new Map()
    const here = this.#sync ?? this.#near
    if (here === undefined) return undefined
    const found = new Map<string, Entry>()
    let absent = 0
    try {
      for (const fullKey of fullKeys) {
        const entry = here.get(fullKey)
        if (entry !== undefined) found.set(fullKey, entry)
        else if (this.#near?.isAbsent(fullKey) === true) absent += 1
      }
    } catch (error) {
      this.#meter.error(error, 'getMany')
    }
    return this.#sync !== undefined || found.size + absent === fullKeys.length ? found : undefined
  }

  /**
   * Gives back what an entry's bytes were decoded to. A store that keeps entries near (a tiered one) answers that value
   * from then on, by reference, so that its next hits decode nothing; elsewhere nothing happens.
   *
   * @param entry as `get` or `getMany` answered it: the same object
   *
   * @example
   * const entry = await cache.entries.get(fullKey)
   * if (entry?.value instanceof Page) return entry.value
   * const page = entry && Page.decode(bytesOf(entry.value))
   * if (entry && page) cache.entries.remember(fullKey, entry, page)
   */
  remember(fullKey: string, entry: Entry, value: Encodable): void {
    try {
      this.#near?.remember(fullKey, entry, value)
    } catch (error) {
      this.#meter.error(error, 'remember')
    }
  }

  /**
   * Stores until `expires`, in milliseconds since the epoch; null: for ever. `Caches.idle()` waits for it.
   *
   * Whether it was stored: not when the store failed, or when it is over the store's item limit, which are counted as error and skip.
   */
  set(fullKey: string, value: StoredValue, expires: number | null): boolean | Promise<boolean> {
    if (this.#pending.closed) return false
    if (this.#sync === undefined) {
      const write = async () => {
        await this.#store.set(fullKey, value, expires)
        this.isFailing = false
        return true
      }
      return this.#pending.track(this.#wait('set', write, false))
    }
    try {
      this.#sync.set(fullKey, value, expires)
      return true
    } catch (error) {
      this.#failed(error, 'set')
      return false
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

  /** Reads from the store; while that fails, entries that are near are served for as long as they are kept. */
  async #readMany(fullKeys: readonly string[]): Promise<Map<string, Entry>> {
    const read = () => this.#store.getMany(fullKeys)
    const found = await this.#wait<Map<string, Entry> | undefined>('getMany', read, undefined)
    return found ?? nearOf(this.#near, fullKeys)
  }

  #failed(error: unknown, operation: string): void {
    if (error instanceof TooLargeError) {
      this.#meter.skip('too-large')
      return
    }
    this.isFailing = true
    this.#meter.error(error, operation)
  }

  async #wait<T>(operation: string, run: () => Promise<T>, failed: T): Promise<T> {
    const started = performance.now()
    try {
      return await run()
    } catch (error) {
      this.#failed(error, operation)
      return failed
    } finally {
      this.#meter.latency(performance.now() - started)
    }
  }
}

/** Returns the entries that are near, for keys whose store can't be read. */
export function nearOf(near: NearEntries | undefined, fullKeys: readonly string[]): Map<string, Entry> {
  const found = new Map<string, Entry>()
  for (const fullKey of fullKeys) {
    const entry = near?.get(fullKey)
    if (entry !== undefined) found.set(fullKey, entry)
  }
  return found
}
