import type { CacheEntries } from '../entries/cache-entries.js'
import type { CacheEvent, CacheListener } from '../events/cache-events.js'
import type { CacheStats, Meter } from '../events/meter.js'
import type { Lease, LeaseOptions } from '../locks/lease.js'
import { type LockOptions, parseLeaseOptions, parseLockOptions } from '../locks/lock-options.js'
import type { LockHold } from '../locks/locks.js'
import { refusal } from '../options/check-options.js'
import type { Timeout } from '../options/timeout.js'
import type { Store } from '../stores/store.js'
import { invalidateTags } from '../tags/invalidate-tags.js'
import type { TagClock, TagOptions } from '../tags/tag-clock.js'
import { GET_OR_SET_OPTIONS, versionIn } from './call-options.js'
import { getOrSet } from './get-or-set.js'
import { increment } from './increment.js'
import { type CacheInternals, type Environment, makeInternals } from './internals.js'
import { deleteMany, getMany, setMany } from './many.js'
import { moveVersion } from './move-version.js'
import { addOne, deleteOne, hasOne, setOne, touchOne } from './one.js'
import type { Entries, GetOrSetOptions, Peeked, SetArgument, Source, VersionOptions } from './options.js'
import type { ParsedSettings } from './settings.js'
import { parseStaleOptions } from './stale-options.js'
import { targetOf } from './target.js'
import { Memoizer, type WrapOptions } from './wrap.js'

/**
 * A named cache: Django's low-level API over any store.
 *
 * A failing store is a miss (false, nothing), an 'error' event and a count; with `onError: 'throw'`
 * a StoreError. Misuse throws ValueError for keys, versions, values; SettingsError for timeouts.
 */
export class Cache {
  readonly alias: string
  readonly store: Store
  readonly keyPrefix: string
  readonly version: number
  /** Timeout of values that are set without one, in seconds; null: they never expire. */
  readonly timeout: number | null
  /** Raw entries under full keys, for packages that bring their own encoding. */
  readonly entries: CacheEntries
  /** Purging by tag, for packages that store entries of their own. */
  readonly tags: TagClock
  /** Counts, events and diagnostics channels. */
  readonly meter: Meter
  readonly #internals: CacheInternals
  readonly #memoizer = new Memoizer()

  /** Made by `createCaches`, which checks the settings. */
  constructor(alias: string, settings: ParsedSettings, environment: Environment) {
    this.alias = alias
    this.store = settings.store
    this.keyPrefix = settings.keyPrefix
    this.version = settings.version
    this.timeout = settings.timeout
    this.#internals = makeInternals(alias, settings, environment)
    this.entries = this.#internals.entries
    this.tags = this.#internals.tags
    this.meter = this.#internals.meter
  }

  /** Resolves to the value, on a miss to `default`. A stored null comes back as null. */
  async get<T>(key: string, options: VersionOptions & { readonly default: T }): Promise<T>
  async get<T = unknown>(
    key: string,
    options?: VersionOptions & { readonly default?: T },
  ): Promise<T | undefined>
  async get<T>(key: string, options?: VersionOptions & { readonly default?: T }): Promise<T | undefined> {
    const { keys, values } = this.#internals
    const fullKey = keys.checked(key, versionIn(options, 'get', ['version', 'default']))
    const found = values.count(fullKey, await values.reader.read(fullKey))
    return found === undefined ? options?.default : (found.value as T)
  }

  /**
   * Looks up without waiting, for callers that can't.
   *
   * @returns undefined: it takes waiting, as the store lives elsewhere or a `getOrSet` is under way
   */
  peek<T = unknown>(key: string, options?: VersionOptions): Peeked<T> | undefined {
    const { keys, values, computations } = this.#internals
    const fullKey = keys.checked(key, versionIn(options, 'peek'))
    return computations.has(fullKey) ? undefined : (values.peek(fullKey) as Peeked<T> | undefined)
  }

  /** Stores a value. A timeout of 0 or less deletes the key. */
  async set(key: string, value: unknown, options?: SetArgument): Promise<void> {
    await setOne(this.#internals, key, value, options)
  }

  /** Stores a value unless the key is there; resolves to whether it did. */
  async add(key: string, value: unknown, options?: SetArgument): Promise<boolean> {
    return addOne(this.#internals, key, value, options)
  }

  /**
   * Resolves to the value; on a miss to the source, or to its result if it is a function, which is
   * stored. One source runs at a time per key in the process, with `lock` in all; concurrent
   * callers get its value or error, and wait no longer than `lockTimeout`. Not stored: undefined,
   * and a value whose key was set, deleted or cleared while it was computed.
   *
   * @throws errors of the source, unless `staleIfError` applies; SettingsError for a bad option.
   *
   * @example
   * const user = await cache.getOrSet(`user:${id}`, () => loadUser(id), '5m')
   * const rates = await cache.getOrSet('rates', fetchRates, { timeout: '1m', lock: true })
   */
  async getOrSet<T>(key: string, source: Source<T>, options?: Timeout | GetOrSetOptions): Promise<T> {
    const target = targetOf(this.#internals, key, options, 'getOrSet', GET_OR_SET_OPTIONS)
    const run = () => getOrSet({ ...target, ...parseStaleOptions(options) }, source, this.#internals)
    const { tracer } = this.meter
    return (await (tracer === undefined ? run() : tracer.value(this.alias, target.fullKey, run))) as T
  }

  /** Resolves to the values of those keys that are there, in one round trip. */
  async getMany<T = unknown>(keys: Iterable<string>, options?: VersionOptions): Promise<Map<string, T>> {
    return getMany<T>(this.#internals, keys, versionIn(options, 'getMany'))
  }

  /** Stores values; resolves to the keys that failed. */
  async setMany(entries: Entries<unknown>, options?: SetArgument): Promise<string[]> {
    return setMany(this.#internals, entries, options)
  }

  /** Deletes a key; resolves to whether it was there. */
  async delete(key: string, options?: VersionOptions): Promise<boolean> {
    return deleteOne(this.#internals, key, versionIn(options, 'delete'))
  }

  /** Deletes keys; resolves to how many were there. */
  async deleteMany(keys: Iterable<string>, options?: VersionOptions): Promise<number> {
    return deleteMany(this.#internals, keys, versionIn(options, 'deleteMany'))
  }

  /** Resolves to whether the key is there. */
  async has(key: string, options?: VersionOptions): Promise<boolean> {
    return hasOne(this.#internals, key, versionIn(options, 'has'))
  }

  /** Gives a key another timeout; resolves to false when it is not there. 0 or less deletes it. */
  async touch(key: string, options?: SetArgument): Promise<boolean> {
    return touchOne(this.#internals, key, options)
  }

  /**
   * Adds to a whole number, keeping its timeout; resolves to the sum. Atomic where the store can.
   *
   * @throws KeyNotFoundError: no such key, or a failed store; ValueError: not a whole number.
   */
  async incr(key: string, delta = 1, options?: VersionOptions): Promise<number> {
    return increment(this.#internals, key, delta, versionIn(options, 'incr'))
  }

  /** As `incr`, downwards. */
  async decr(key: string, delta = 1, options?: VersionOptions): Promise<number> {
    return this.incr(key, -delta, options)
  }

  /**
   * Moves a value, with the rest of its timeout, to a higher version; resolves to that.
   *
   * @throws KeyNotFoundError when the key is missing.
   */
  async incrVersion(key: string, delta = 1, options?: VersionOptions): Promise<number> {
    const from = versionIn(options, 'incrVersion') ?? this.version
    return moveVersion(this.#internals, key, { from, delta })
  }

  /** As `incrVersion`, downwards. */
  async decrVersion(key: string, delta = 1, options?: VersionOptions): Promise<number> {
    return this.incrVersion(key, -delta, options)
  }

  /**
   * Makes everything with one of the tags a miss, in every process that shares the store; stale,
   * with `{ soft: true }` as the last argument. A value whose computation began before is not kept.
   *
   * @throws ValueError for values that are no tags; StoreError, whatever `onError` says, when the
   * store failed: perhaps nothing was purged.
   *
   * @example
   * await cache.invalidateTags('articles', `author:${id}`)
   */
  invalidateTags(...tags: readonly string[] | readonly [...string[], TagOptions]): Promise<void> {
    return invalidateTags(this.tags, tags)
  }

  /**
   * Runs a function while no other runs under this key, in any process that shares the store, whose
   * `add` has to be atomic. Its lease is renewed while it runs, and ends some 5 seconds after its
   * process has died.
   *
   * While the store is down there is no exclusion: the function runs, with a token of 0.
   *
   * @throws LockTimeoutError when others held the lock all the time; errors of the function.
   *
   * @example
   * await cache.lock('reindex', ({ signal }) => reindex({ signal }), { timeout: '10s' })
   */
  async lock<T>(key: string, fn: (hold: LockHold) => T | Promise<T>, options?: LockOptions): Promise<T> {
    const { keys, locks } = this.#internals
    const { timeout, version } = parseLockOptions(options)
    return locks.run(keys.checked(key, version), fn, { patience: timeout })
  }

  /**
   * Takes the lease of a key, which the caller renews and releases. Never waits for another holder.
   *
   * @returns undefined: another holds it
   * @throws SettingsError for an option that can't be read.
   */
  async lease(key: string, options?: LeaseOptions): Promise<Lease | undefined> {
    const { keys, leases } = this.#internals
    const { ttlMs, version } = parseLeaseOptions(options)
    return leases.take(keys.checked(key, version), ttlMs)
  }

  /**
   * Returns a function that computes the same, once per arguments and timeout.
   *
   * Without `key` the function's name and its arguments make the key.
   *
   * @throws SettingsError for a function without a name, or of a name that is taken; a bad option.
   *
   * @example
   * const rate = cache.wrap(fetchRate, { timeout: '1h' })
   * await rate('EUR')
   */
  wrap<A extends unknown[], R>(
    fn: (...args: A) => R,
    options: WrapOptions<A> = {},
  ): (...args: A) => Promise<Awaited<R>> {
    // Checked at once, not at the first call.
    if (typeof fn !== 'function') throw refusal('wrap(): fn', 'a function', fn)
    this.#internals.values.parseOptions(options, ['key', ...GET_OR_SET_OPTIONS], 'wrap()')
    parseStaleOptions(options)
    return this.#memoizer.wrap(this, fn, options)
  }

  /**
   * Drops everything under this cache's prefix, of every version.
   *
   * @throws SettingsError when the keys of `keyFunction` don't begin with the prefix; StoreError,
   * whatever `onError` says, when the store failed: perhaps nothing was dropped.
   */
  async clear(): Promise<void> {
    const { keys, operations, computations, access, tags } = this.#internals
    const prefix = keys.clearable
    computations.fenceAll(prefix)
    await tags.clearing(() => operations.inTurn(prefix, () => access.clear(prefix)))
    this.meter.invalidate('clear', 'hard')
  }

  /**
   * Returns the full key: `prefix:version:key`, unless `keyFunction` makes another.
   *
   * @throws ValueError when the key is not a string or the version not a whole number.
   */
  makeKey(key: string, version?: number): string {
    return this.#internals.keys.make(key, version)
  }

  /** Resolves to the counts since the cache was made, joined with the statistics of its store. */
  async stats(): Promise<CacheStats> {
    const { operations, access, meter } = this.#internals
    return meter.stats(await operations.read('stats', () => access.stats(), {}))
  }

  /**
   * Calls the listener at each such event; returns a function that stops it.
   *
   * @throws SettingsError for an event that there is not, and for a listener that is no function
   */
  on(event: CacheEvent, listener: CacheListener): () => void {
    return this.#internals.events.on(event, listener)
  }

  off(event: CacheEvent, listener: CacheListener): void {
    this.#internals.events.off(event, listener)
  }

  /** Resolves when the writes under way are done. */
  idle(): Promise<void> {
    return this.#internals.lifecycle.idle()
  }

  /** Makes `idle()` and `close()` wait for background work, which handles its own failure. */
  waitFor(work: Promise<unknown>): void {
    this.#internals.lifecycle.waitFor(work)
  }

  /** Waits for the work under way, then ends this cache, and its store with the last cache. */
  close(): Promise<void> {
    return this.#internals.lifecycle.close()
  }
}
