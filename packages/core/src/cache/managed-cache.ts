import { CacheEntries } from '../entries/cache-entries.js'
import { Operations } from '../entries/operations.js'
import { type CacheEvent, type CacheListener, type CacheStats, Meter } from '../events/meter.js'
import type { Store } from '../stores/store.js'
import { releaseStore, retainStore } from '../stores/users.js'
import { TagClock } from '../tags/tag-clock.js'
import { Pending } from '../util/pending.js'
import { CacheKeys } from './keys.js'
import type { ParsedSettings } from './settings.js'

/** What a cache depends on beside its settings; tests give their own. */
export interface Environment {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** At least 0, less than 1. */
  readonly random: () => number
}

/** A cache without its values: what it is called, what it counts and tells, and its end. */
export abstract class ManagedCache {
  readonly alias: string
  readonly store: Store
  readonly keyPrefix: string
  readonly version: number
  /** Of values that are set without one, in seconds; null: they never expire. */
  readonly timeout: number | null
  /** Raw entries under full keys, for packages that bring their own encoding. */
  readonly entries: CacheEntries
  /** Purging by tag, for packages that store entries of their own. */
  readonly tags: TagClock
  /** Counts, events and diagnostics channels. */
  readonly meter: Meter
  /** As `store`; compresses, if that is asked for. */
  protected readonly access: Store
  protected readonly keys: CacheKeys
  protected readonly operations: Operations
  readonly #pending = new Pending()
  readonly #unsubscribe: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(alias: string, settings: ParsedSettings, { now }: Environment) {
    this.alias = alias
    this.store = settings.store
    this.access = settings.access
    this.keyPrefix = settings.keyPrefix
    this.version = settings.version
    this.timeout = settings.timeout
    this.meter = new Meter(alias)
    const [meter, pending] = [this.meter, this.#pending]
    this.entries = new CacheEntries(this.access, meter, pending)
    this.keys = new CacheKeys(alias, settings)
    this.operations = new Operations(alias, settings.onError, meter, pending)
    this.tags = new TagClock({ ...settings, alias, entries: this.entries, meter, pending, now })
    retainStore(this.store)
    const prefix = this.keys.prefix ?? ''
    this.#unsubscribe = this.store.onEvict?.((key) => key.startsWith(prefix) && meter.evict(key))
  }

  /**
   * The key under which the store keeps a value: `prefix:version:key`, unless `keyFunction` says otherwise.
   *
   * @throws ValueError when the key is not a string or the version not a whole number.
   */
  makeKey(key: string, version?: number): string {
    return this.keys.make(key, version)
  }

  /** Counts since the cache was made, with what its store says of itself. */
  async stats(): Promise<CacheStats> {
    return this.meter.stats(await this.operations.read('stats', () => this.access.stats(), {}))
  }

  /** Calls the listener at each such event; answers what ends that. */
  on(event: CacheEvent, listener: CacheListener): () => void {
    return this.meter.on(event, listener)
  }

  off(event: CacheEvent, listener: CacheListener): void {
    this.meter.off(event, listener)
  }

  /** Resolves when the writes under way are done. */
  idle(): Promise<void> {
    return this.#pending.idle()
  }

  /** Has `idle()` and `close()` wait for work behind a response, such as a refresh; its failure is the caller's to handle. */
  waitFor(work: Promise<unknown>): void {
    void this.#pending.track(work)
  }

  /** Waits for what is under way and ends this cache; its store too, unless another cache uses it. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#pending.closed = true
    await this.idle()
    this.#unsubscribe?.()
    await releaseStore(this.store)
  }
}
