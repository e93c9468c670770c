import { CacheKeys } from './cache-keys.js'
import type { Entries, Peeked, SetArgument, Source, VersionOptions } from './cache-options.js'
import type { ParsedSettings } from './cache-settings.js'
import { CacheValues, isNothing, type Wanted } from './cache-values.js'
import { CacheEntries } from './entries.js'
import { KeyNotFoundError, ValueError } from './errors.js'
import { type Flights, flightsOf, type Landed } from './flights.js'
import { getOrSet } from './get-or-set.js'
import { getMany, setMany } from './many.js'
import { type CacheEvent, type CacheListener, type CacheStats, Meter } from './meter.js'
import { moveVersion } from './move-version.js'
import { Operations } from './operations.js'
import { Pending } from './pending.js'
import type { Store } from './store.js'
import { releaseStore, retainStore } from './store-users.js'
import { invalidateTags } from './tags/invalidate-tags.js'
import { TagClock, type TagOptions } from './tags/tag-clock.js'
import { type WrapOptions, Wrapper } from './wrap.js'

/**
 * A named cache: Django's low-level API over any store.
 *
 * A failing store is a miss (false, nothing), an 'error' event and a count; with `onError: 'throw'` a StoreError.
 * Misuse always throws: ValueError for keys, versions and values, SettingsError for timeouts.
 */
export class Cache {
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
  readonly #access: Store
  readonly #keys: CacheKeys
  readonly #values: CacheValues
  readonly #pending = new Pending()
  readonly #operations: Operations
  readonly #flights: Flights<Landed>
  readonly #wrapper = new Wrapper()
  readonly #unsubscribe: (() => void) | undefined
  #closing: Promise<void> | undefined

  /** Made by `createCaches`, which checks the settings. */
  constructor(alias: string, settings: ParsedSettings, now: () => number) {
    this.alias = alias
    this.store = settings.store
    this.#access = settings.access
    this.keyPrefix = settings.keyPrefix
    this.version = settings.version
    this.timeout = settings.timeout
    this.meter = new Meter(alias)
    this.entries = new CacheEntries(this.#access, this.meter, this.#pending)
    this.#keys = new CacheKeys(alias, settings)
    this.#operations = new Operations(alias, settings.onError, this.meter, this.#pending)
    const { entries, meter } = this
    this.tags = new TagClock({ ...settings, alias, entries, meter, pending: this.#pending, now })
    this.#values = new CacheValues(settings, this.#operations, this.meter, this.tags, now)
    this.#flights = flightsOf(this.store)
    retainStore(this.store)
    const prefix = this.#keys.prefix ?? ''
    this.#unsubscribe = this.store.onEvict?.((key) => key.startsWith(prefix) && this.meter.evict(key))
  }

  /**
   * The key under which the store keeps a value: `prefix:version:key`, unless `keyFunction` says otherwise.
   *
   * @throws ValueError when the key is not a string or the version not a whole number.
   */
  makeKey(key: string, version?: number): string {
    return this.#keys.make(key, version)
  }

  /** The value, or on a miss `default` (undefined without one). A stored null comes back as null. */
  async get<T>(key: string, options: VersionOptions & { readonly default: T }): Promise<T>
  async get<T = unknown>(
    key: string,
    options?: VersionOptions & { readonly default?: T },
  ): Promise<T | undefined>
  async get<T>(key: string, options: VersionOptions & { readonly default?: T } = {}): Promise<T | undefined> {
    const fullKey = this.#keys.checked(key, options.version)
    const found = this.#values.count(fullKey, await this.#values.reader.read(fullKey))
    return found === undefined ? options.default : (found.value as T)
  }

  /** As `get`, for who can't wait; undefined: it takes waiting, as the store lives elsewhere or `getOrSet` has begun. */
  peek<T = unknown>(key: string, options: VersionOptions = {}): Peeked<T> | undefined {
    const fullKey = this.#keys.checked(key, options.version)
    return this.#flights.has(fullKey) ? undefined : (this.#values.peek(fullKey) as Peeked<T> | undefined)
  }

  /** Stores a value. A timeout of 0 or less deletes what is there. */
  async set(key: string, value: unknown, options?: SetArgument): Promise<void> {
    const wanted = this.#target(key, options)
    const body = this.#values.encode(value)
    this.#flights.fence(wanted.fullKey)
    await this.#values.write(wanted, body)
  }

  /** Stores a value unless the key is there; whether it did. Atomic where the store can. */
  async add(key: string, value: unknown, options?: SetArgument): Promise<boolean> {
    const wanted = this.#target(key, options)
    const body = this.#values.encode(value)
    if (isNothing(wanted.timeout)) return false
    this.#flights.fence(wanted.fullKey)
    return this.#values.add(wanted, body)
  }

  /**
   * The value; on a miss what the source is or computes, which is then stored.
   *
   * One source runs at a time per key in the process, and all who ask meanwhile get its value, or its error. A value
   * of undefined is answered and not stored; so is one whose key was set, deleted or cleared while it was computed.
   * @example
   * const user = await cache.getOrSet(`user:${id}`, () => loadUser(id), '5m')
   */
  async getOrSet<T>(key: string, source: Source<T>, options?: SetArgument): Promise<T> {
    return (await getOrSet(this.#target(key, options), source, this.#parts)) as T
  }

  /** The values of those keys that are there, in one round trip. */
  async getMany<T = unknown>(keys: Iterable<string>, options: VersionOptions = {}): Promise<Map<string, T>> {
    return getMany<T>(this.#parts, keys, options.version)
  }

  /** Stores values; answers the keys that failed. */
  async setMany(entries: Entries<unknown>, options?: SetArgument): Promise<string[]> {
    return setMany(this.#parts, entries, options)
  }

  /** Whether there was one. */
  async delete(key: string, options: VersionOptions = {}): Promise<boolean> {
    const fullKey = this.#keys.checked(key, options.version)
    this.#flights.fence(fullKey)
    const deleted = await this.#operations.write(
      'delete',
      [fullKey],
      () => this.#access.delete(fullKey),
      false,
    )
    this.meter.delete(fullKey)
    return deleted
  }

  /** How many were there. */
  async deleteMany(keys: Iterable<string>, options: VersionOptions = {}): Promise<number> {
    const fullKeys = new Set(Array.from(keys, (key) => this.#keys.checked(key, options.version)))
    for (const fullKey of fullKeys) this.#flights.fence(fullKey)
    return this.#values.deleteMany([...fullKeys])
  }

  /** Whether the key is there. */
  async has(key: string, options: VersionOptions = {}): Promise<boolean> {
    const fullKey = this.#keys.checked(key, options.version)
    const reading = await this.#values.reader.read(fullKey)
    return reading !== undefined && !reading.isStale
  }

  /** Gives a key another timeout; false: not there. 0 or less deletes it. */
  async touch(key: string, options?: SetArgument): Promise<boolean> {
    const wanted = this.#target(key, options)
    if (isNothing(wanted.timeout)) this.#flights.fence(wanted.fullKey)
    return this.#values.touch(wanted)
  }

  /**
   * Adds to a whole number, keeping its timeout; answers the sum. Atomic where the store can.
   *
   * @throws KeyNotFoundError when the key is missing or the store failed; ValueError for no whole number.
   */
  async incr(key: string, delta = 1, options: VersionOptions = {}): Promise<number> {
    if (!Number.isSafeInteger(delta)) throw new ValueError(`incr needs a whole number; got ${String(delta)}`)
    const fullKey = this.#keys.checked(key, options.version)
    this.#flights.fence(fullKey)
    const sum = await this.#operations.write(
      'incr',
      [fullKey],
      () => this.#access.incr(fullKey, delta),
      undefined,
    )
    if (sum === undefined) throw this.#notFound('incr')
    return sum
  }

  /** As `incr`, downwards. */
  async decr(key: string, delta = 1, options: VersionOptions = {}): Promise<number> {
    return this.incr(key, -delta, options)
  }

  /**
   * Moves a value, with what is left of its timeout, to a higher version, which it answers.
   *
   * @throws KeyNotFoundError when the key is missing.
   */
  async incrVersion(key: string, delta = 1, options: VersionOptions = {}): Promise<number> {
    const moved = await moveVersion(this.#parts, key, { from: options.version ?? this.version, delta })
    if (moved === undefined) throw this.#notFound('incrVersion')
    return moved
  }

  /** As `incrVersion`, downwards. */
  async decrVersion(key: string, delta = 1, options: VersionOptions = {}): Promise<number> {
    return this.incrVersion(key, -delta, options)
  }

  /**
   * Everything that has one of the tags is a miss from now on, in every process that shares the store; with
   * `{ soft: true }` as the last argument it is stale. What began to be computed before is not kept.
   *
   * @throws ValueError for what are no tags; StoreError, whatever `onError` says, when the store failed: perhaps nothing
   * was purged.
   *
   * @example
   * await cache.invalidateTags('articles', `author:${id}`)
   */
  invalidateTags(...tags: readonly string[] | readonly [...string[], TagOptions]): Promise<void> {
    return invalidateTags(this.tags, tags)
  }

  /**
   * A function that computes the same, once per arguments and timeout.
   *
   * Without `key` the function's name and its arguments make the key; two functions of one name are refused.
   *
   * @throws SettingsError when there is no name to make a key from.
   * @example
   * const rate = cache.wrap(fetchRate, { timeout: '1h' })
   * await rate('EUR')
   */
  wrap<A extends unknown[], R>(
    fn: (...args: A) => R,
    options: WrapOptions<A> = {},
  ): (...args: A) => Promise<Awaited<R>> {
    return this.#wrapper.wrap(this, fn, options)
  }

  /**
   * Drops everything under this cache's prefix, of every version.
   *
   * @throws SettingsError when `keyFunction` makes keys that don't begin with them: they can't be told from others'.
   */
  async clear(): Promise<void> {
    const prefix = this.#keys.clearable
    this.#flights.fenceAll(prefix)
    const clear = () =>
      this.#operations.writeAll('clear', prefix, () => this.#access.clear(prefix), undefined)
    await this.tags.clearing(clear)
  }

  /** Counts since the cache was made, with what its store says of itself. */
  async stats(): Promise<CacheStats> {
    return this.meter.stats(await this.#operations.read('stats', () => this.#access.stats(), {}))
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

  get #parts() {
    return { keys: this.#keys, values: this.#values, flights: this.#flights, meter: this.meter }
  }

  #target(key: string, options: SetArgument | undefined): Wanted {
    const storing = this.#values.options(options)
    return { ...storing, fullKey: this.#keys.checked(key, storing.version) }
  }

  #notFound(operation: string): KeyNotFoundError {
    return new KeyNotFoundError(`${operation}: the key is not in cache '${this.alias}'; set it first`)
  }
}
