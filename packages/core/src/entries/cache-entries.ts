import { TooLargeError } from '../errors.js'
import type { Meter, OperationOutcome } from '../events/meter.js'
import type { Entry, NearEntries, Store, SyncStore } from '../stores/store.js'
import type { Encodable, StoredValue } from '../stores/stored-value.js'
import type { Pending } from '../util/pending.js'
import { checkedEntries, checkedEntry } from './checked-entries.js'
import { outcomeOf, outcomeOfError } from './operation-outcome.js'
import { ReadBatches } from './read-batches.js'
import { type StoredFacts, stored } from './stored-facts.js'

/**
 * Raw entries of a cache under full keys, for packages that bring their own encoding.
 *
 * Never throws or rejects: a store that fails is a miss, an 'error' event and a count, whatever
 * `onError` says. Returns values without a promise when the store is in this process, or has the
 * entry near.
 */
export class CacheEntries {
  readonly #store: Store
  readonly #sync: SyncStore | undefined
  readonly #near: NearEntries | undefined
  readonly #meter: Meter
  readonly #pending: Pending
  readonly #batches: ReadBatches
  /** The store has failed since the last entry was stored: it will hardly keep the next. */
  isFailing = false
  /**
   * Why a store of this process has not kept the last entry that it was given: over its limit; or
   * it is full, and has large entries come again first. Undefined: it has, or failed.
   */
  refusal: 'too-large' | 'admission' | undefined

  constructor(store: Store, meter: Meter, pending: Pending) {
    this.#store = store
    this.#sync = store.sync
    this.#near = store.near
    this.#meter = meter
    this.#pending = pending
    this.#batches = new ReadBatches((fullKeys) => this.#readMany(fullKeys))
  }

  /** @returns undefined: a miss, or an expired entry */
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
    return this.#wait('get', async () => checkedEntry(await this.#store.get(fullKey)), undefined)
  }

  /**
   * As `get`, but from the store itself: a near entry may be older than a purge by another process.
   * For entries that decide on a write, such as whether a page was purged while it was rendered.
   */
  getFresh(fullKey: string): Entry | undefined | Promise<Entry | undefined> {
    this.#near?.drop(fullKey)
    return this.get(fullKey)
  }

  /**
   * Drops these keys from the near tier, so that the next read asks the remote store. For polling a
   * page that another process renders.
   */
  dropNear(fullKeys: readonly string[]): void {
    for (const fullKey of fullKeys) this.#near?.drop(fullKey)
  }

  /** Returns hits only, in one round trip. */
  getMany(fullKeys: readonly string[]): Map<string, Entry> | Promise<Map<string, Entry>> {
    return this.#local(fullKeys) ?? this.#readMany(fullKeys)
  }

  /**
   * As `getMany`, without a trace: no count, no order of use, nothing near.
   *
   * @throws the error of the store
   */
  async peekMany(fullKeys: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    if (this.#pending.closed || fullKeys.length === 0) return new Map()
    const store = this.#store
    return checkedEntries(
      await (store.peekMany === undefined ? store.getMany(fullKeys) : store.peekMany(fullKeys)),
    )
  }

  /**
   * Returns whether a store of this process would keep a new entry of that size; true of others,
   * which tell it when they are asked.
   *
   * @param fullKey undefined: one that was never set
   */
  admits(fullKey: string | undefined, bytes: number): boolean {
    return this.#sync?.admits(fullKey, bytes) ?? true
  }

  /**
   * As `getMany`, past the near tier, for callers that have to know whether the store answered.
   *
   * @returns undefined: the store failed
   */
  askMany(
    fullKeys: readonly string[],
  ): Map<string, Entry> | undefined | Promise<Map<string, Entry> | undefined> {
    this.dropNear(fullKeys)
    if (this.#sync !== undefined) return this.#local(fullKeys)
    if (this.#pending.closed) return undefined
    return this.#wait<Map<string, Entry> | undefined>(
      'getMany',
      () => this.#store.getMany(fullKeys),
      undefined,
    )
  }

  /**
   * As `getMany`, for concurrent requests: calls in the same turn of the event loop share a round
   * trip. The result may hold keys of the other calls.
   */
  getTogether(fullKeys: readonly string[]): ReadonlyMap<string, Entry> | Promise<ReadonlyMap<string, Entry>> {
    return this.#local(fullKeys) ?? this.#batches.read(fullKeys)
  }

  /** @returns undefined: the store has to be asked */
  #local(fullKeys: readonly string[]): Map<string, Entry> | undefined {
    if (this.#pending.closed || fullKeys.length === 0) return new Map()
    const local = this.#sync ?? this.#near
    if (local === undefined) return undefined
    const found = new Map<string, Entry>()
    let absent = 0
    try {
      for (const fullKey of fullKeys) {
        const entry = local.get(fullKey)
        if (entry !== undefined) found.set(fullKey, entry)
        else if (this.#near?.isAbsent(fullKey) === true) absent += 1
      }
    } catch (error) {
      this.#meter.error(error, 'getMany')
    }
    return this.#sync !== undefined || found.size + absent === fullKeys.length ? found : undefined
  }

  /**
   * Hands over the decoded value of an entry. A store with a near tier returns it from then on, by
   * reference, so that its next hits decode nothing; other stores ignore it.
   *
   * @param entry the object that `get` or `getMany` returned
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
   * Stores an entry; `Caches.idle()` waits for it.
   *
   * @param expires milliseconds since the epoch; null: never
   * @returns false: the store failed (an error), or does not keep it (`refusal`)
   */
  set(fullKey: string, value: StoredValue, expires: number | null): boolean | Promise<boolean> {
    this.refusal = undefined
    if (this.#pending.closed) return false
    if (this.#sync === undefined) {
      const write = async () => {
        await this.#store.set(fullKey, value, expires)
        this.isFailing = false
        return true
      }
      return this.#pending.track(this.#wait('set', write, false, stored(value, expires)))
    }
    try {
      const isKept = this.#sync.set(fullKey, value, expires)
      this.isFailing = false
      if (!isKept) this.refusal = 'admission'
      return isKept
    } catch (error) {
      this.#failed(error, 'set')
      return false
    }
  }

  /**
   * Stores an entry unless the key is there; `Caches.idle()` waits for it.
   *
   * @returns whether it did; undefined: the store failed
   */
  add(
    fullKey: string,
    value: StoredValue,
    expires: number | null,
  ): boolean | undefined | Promise<boolean | undefined> {
    if (this.#pending.closed) return undefined
    if (this.#sync === undefined) {
      const write = () => this.#store.add(fullKey, value, expires)
      const step = stored(value, expires)
      return this.#pending.track(this.#wait<boolean | undefined>('add', write, undefined, step))
    }
    try {
      if (this.#sync.get(fullKey) !== undefined) return false
      this.#sync.set(fullKey, value, expires)
      return true
    } catch (error) {
      this.#meter.error(error, 'add')
      return undefined
    }
  }

  /**
   * Gives an entry another expiry; `Caches.idle()` waits for it.
   *
   * @returns whether it was there; false also when the store failed
   */
  touch(fullKey: string, expires: number | null): boolean | Promise<boolean> {
    if (this.#pending.closed) return false
    if (this.#sync === undefined)
      return this.#pending.track(this.#wait('touch', () => this.#store.touch(fullKey, expires), false))
    const entry = this.get(fullKey) as Entry | undefined
    return entry !== undefined && this.set(fullKey, entry.value, expires) === true
  }

  /**
   * Deletes an entry; `Caches.idle()` waits for it.
   *
   * @returns whether it was there; false also when the store failed
   */
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

  /** Reads from the store; while that fails, from the near tier. */
  async #readMany(fullKeys: readonly string[]): Promise<Map<string, Entry>> {
    const read = async () => checkedEntries(await this.#store.getMany(fullKeys))
    const found = await this.#wait<Map<string, Entry> | undefined>('getMany', read, undefined)
    return found ?? nearOf(this.#near, fullKeys)
  }

  #traced<T>(operation: string, run: () => Promise<T>, step: StoredFacts | undefined): Promise<T> {
    const { tracer, alias } = this.#meter
    if (tracer === undefined) return run()
    return tracer.operation({ cache: alias, store: this.#store.name, operation, ...step }, run)
  }

  #failed(error: unknown, operation: string): void {
    if (error instanceof TooLargeError) {
      this.#meter.skip('too-large')
      if (this.#sync !== undefined) this.refusal = 'too-large'
      return
    }
    this.isFailing = true
    this.#meter.error(error, operation)
  }

  async #wait<T>(operation: string, run: () => Promise<T>, failed: T, step?: StoredFacts): Promise<T> {
    const started = performance.now()
    let outcome: OperationOutcome = 'error'
    try {
      const result = await this.#traced(operation, run, step)
      outcome = outcomeOf(operation, result)
      return result
    } catch (error) {
      outcome = outcomeOfError(error)
      this.#failed(error, operation)
      return failed
    } finally {
      this.#meter.latency(performance.now() - started, operation, outcome)
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
