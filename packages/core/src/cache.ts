import {
  type Entries,
  GET_OR_SET_OPTIONS,
  type GetOrSetOptions,
  type Peeked,
  SET_OPTIONS,
  type SetArgument,
  type Source,
  type VersionOptions,
  versionIn,
} from './cache-options.js'
import type { ParsedSettings } from './cache-settings.js'
import { CacheValues, isNothing, type Wanted } from './cache-values.js'
import { KeyNotFoundError, ValueError } from './errors.js'
import { type Flights, flightsOf, type Landed } from './flights.js'
import { getOrSet } from './get-or-set.js'
import type { Lease, LeaseOptions } from './locks/lease.js'
import { Leases } from './locks/leases.js'
import { type LockOptions, parseLeaseOptions, parseLockOptions } from './locks/lock-options.js'
import { type LockHold, Locks } from './locks/locks.js'
import { type Environment, ManagedCache } from './managed-cache.js'
import { getMany, setMany } from './many.js'
import { moveVersion } from './move-version.js'
import { checkOptionNames } from './options.js'
import type { Parts } from './parts.js'
import { parseReuse } from './reuse.js'
import { invalidateTags } from './tags/invalidate-tags.js'
import type { TagOptions } from './tags/tag-clock.js'
import type { Timeout } from './timeout.js'
import { type WrapOptions, Wrapper } from './wrap.js'

/**
 * A named cache: Django's low-level API over any store.
 *
 * A failing store is a miss (false, nothing), an 'error' event and a count; with `onError: 'throw'` a StoreError.
 * Misuse always throws: ValueError for keys, versions and values, SettingsError for timeouts.
 */
export class Cache extends ManagedCache {
  readonly #values: CacheValues
  readonly #flights: Flights<Landed>
  readonly #leases: Leases
  readonly #locks: Locks
  readonly #wrapper = new Wrapper()
  readonly #random: () => number

  /** Made by `createCaches`, which checks the settings. */
  constructor(alias: string, settings: ParsedSettings, environment: Environment) {
    super(alias, settings, environment)
    const { operations, meter } = this
    const { now, random } = environment
    this.#values = new CacheValues(settings, operations, meter, this.tags, now)
    this.#flights = flightsOf(this.store)
    this.#leases = new Leases({ ...settings, operations, now })
    this.#locks = new Locks(alias, this.#leases, meter, random)
    this.#random = random
  }

  /** The value, or on a miss `default` (undefined without one). A stored null comes back as null. */
  async get<T>(key: string, options: VersionOptions & { readonly default: T }): Promise<T>
  async get<T = unknown>(
    key: string,
    options?: VersionOptions & { readonly default?: T },
  ): Promise<T | undefined>
  async get<T>(key: string, options?: VersionOptions & { readonly default?: T }): Promise<T | undefined> {
    if (options !== undefined) checkOptionNames(options, ['version', 'default'], 'get()')
    const fullKey = this.keys.checked(key, options?.version)
    const found = this.#values.count(fullKey, await this.#values.reader.read(fullKey))
    return found === undefined ? options?.default : (found.value as T)
  }

  /** As `get`, for who can't wait; undefined: it takes waiting, as the store lives elsewhere or `getOrSet` has begun. */
  peek<T = unknown>(key: string, options?: VersionOptions): Peeked<T> | undefined {
    const fullKey = this.keys.checked(key, versionIn(options, 'peek'))
    return this.#flights.has(fullKey) ? undefined : (this.#values.peek(fullKey) as Peeked<T> | undefined)
  }

  /** Stores a value. A timeout of 0 or less deletes what is there. */
  async set(key: string, value: unknown, options?: SetArgument): Promise<void> {
    const wanted = this.#target(key, options, 'set')
    const body = this.#values.encode(value)
    this.#flights.fence(wanted.fullKey)
    await this.#values.write(wanted, body)
  }

  /** Stores a value unless the key is there; whether it did. Atomic where the store can. */
  async add(key: string, value: unknown, options?: SetArgument): Promise<boolean> {
    const wanted = this.#target(key, options, 'add')
    const body = this.#values.encode(value)
    if (isNothing(wanted.timeout)) return false
    this.#flights.fence(wanted.fullKey)
    return this.#values.add(wanted, body)
  }

  /**
   * The value; on a miss what the source is or computes, which is then stored.
   *
   * One source runs at a time per key in the process, with `lock` in all of them, and all who ask meanwhile get its value,
   * or its error; nobody waits for another's longer than `lockTimeout`. A value of undefined is answered and not stored;
   * so is one whose key was set, deleted or cleared while it was computed.
   *
   * @throws what the source throws, unless `staleIfError` has an old value; SettingsError for an option that can't be read.
   *
   * @example
   * const user = await cache.getOrSet(`user:${id}`, () => loadUser(id), '5m')
   * const rates = await cache.getOrSet('rates', fetchRates, { timeout: '1m', staleWhileRevalidate: '1h', lock: true })
   */
  async getOrSet<T>(key: string, source: Source<T>, options?: Timeout | GetOrSetOptions): Promise<T> {
    const wanted = { ...this.#target(key, options, 'getOrSet', GET_OR_SET_OPTIONS), ...parseReuse(options) }
    return (await getOrSet(wanted, source, this.#parts)) as T
  }

  /** The values of those keys that are there, in one round trip. */
  async getMany<T = unknown>(keys: Iterable<string>, options?: VersionOptions): Promise<Map<string, T>> {
    return getMany<T>(this.#parts, keys, versionIn(options, 'getMany'))
  }

  /** Stores values; answers the keys that failed. */
  async setMany(entries: Entries<unknown>, options?: SetArgument): Promise<string[]> {
    return setMany(this.#parts, entries, options)
  }

  /** Whether there was one. */
  async delete(key: string, options?: VersionOptions): Promise<boolean> {
    const fullKey = this.keys.checked(key, versionIn(options, 'delete'))
    this.#flights.fence(fullKey)
    const deleted = await this.operations.write('delete', [fullKey], () => this.access.delete(fullKey), false)
    this.meter.delete(fullKey)
    return deleted
  }

  /** How many were there. */
  async deleteMany(keys: Iterable<string>, options?: VersionOptions): Promise<number> {
    const version = versionIn(options, 'deleteMany')
    const fullKeys = new Set(Array.from(keys, (key) => this.keys.checked(key, version)))
    for (const fullKey of fullKeys) this.#flights.fence(fullKey)
    return this.#values.deleteMany([...fullKeys])
  }

  /** Whether the key is there. */
  async has(key: string, options?: VersionOptions): Promise<boolean> {
    const fullKey = this.keys.checked(key, versionIn(options, 'has'))
    const reading = await this.#values.reader.read(fullKey)
    return reading !== undefined && !reading.isStale
  }

  /** Gives a key another timeout; false: not there. 0 or less deletes it. */
  async touch(key: string, options?: SetArgument): Promise<boolean> {
    const wanted = this.#target(key, options, 'touch', ['timeout', 'version'])
    if (isNothing(wanted.timeout)) this.#flights.fence(wanted.fullKey)
    return this.#values.touch(wanted)
  }

  /**
   * Adds to a whole number, keeping its timeout; answers the sum. Atomic where the store can.
   *
   * @throws KeyNotFoundError when the key is missing or the store failed; ValueError for no whole number.
   */
  async incr(key: string, delta = 1, options?: VersionOptions): Promise<number> {
    if (!Number.isSafeInteger(delta)) throw new ValueError(`incr needs a whole number; got ${String(delta)}`)
    const fullKey = this.keys.checked(key, versionIn(options, 'incr'))
    this.#flights.fence(fullKey)
    const sum = await this.operations.write(
      'incr',
      [fullKey],
      () => this.access.incr(fullKey, delta),
      undefined,
    )
    if (sum === undefined) throw this.#notFound('incr')
    return sum
  }

  /** As `incr`, downwards. */
  async decr(key: string, delta = 1, options?: VersionOptions): Promise<number> {
    return this.incr(key, -delta, options)
  }

  /**
   * Moves a value, with what is left of its timeout, to a higher version, which it answers.
   *
   * @throws KeyNotFoundError when the key is missing.
   */
  async incrVersion(key: string, delta = 1, options?: VersionOptions): Promise<number> {
    const from = versionIn(options, 'incrVersion') ?? this.version
    const moved = await moveVersion(this.#parts, key, { from, delta })
    if (moved === undefined) throw this.#notFound('incrVersion')
    return moved
  }

  /** As `incrVersion`, downwards. */
  async decrVersion(key: string, delta = 1, options?: VersionOptions): Promise<number> {
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
   * Runs a function while no other runs under this key, in any process that shares the store, whose `add` has to be
   * atomic. Its lease is renewed while it runs, and ends some 5 seconds after its process has died.
   *
   * A store that is down keeps nobody out: the function runs all the same, with a token of 0.
   *
   * @throws LockTimeoutError when others have held it all the time; what the function throws.
   *
   * @example
   * await cache.lock('reindex', ({ signal }) => reindex({ signal }), { timeout: '10s' })
   */
  async lock<T>(key: string, fn: (hold: LockHold) => T | Promise<T>, options?: LockOptions): Promise<T> {
    const { timeout, version } = parseLockOptions(options)
    return this.#locks.run(this.keys.checked(key, version), fn, { patience: timeout })
  }

  /**
   * The lease of a key, for who renews and releases it; undefined: another holds it. Never waits for that.
   *
   * @throws SettingsError for an option that can't be read.
   */
  async lease(key: string, options?: LeaseOptions): Promise<Lease | undefined> {
    const { ttlMs, version } = parseLeaseOptions(options)
    return this.#leases.take(this.keys.checked(key, version), ttlMs)
  }

  /**
   * A function that computes the same, once per arguments and timeout.
   *
   * Without `key` the function's name and its arguments make the key; two functions of one name are refused.
   *
   * @throws SettingsError when there is no name to make a key from, or an option can't be read.
   *
   * @example
   * const rate = cache.wrap(fetchRate, { timeout: '1h' })
   * await rate('EUR')
   */
  wrap<A extends unknown[], R>(
    fn: (...args: A) => R,
    options: WrapOptions<A> = {},
  ): (...args: A) => Promise<Awaited<R>> {
    // At once, not at the first call.
    this.#values.options(options, ['key', ...GET_OR_SET_OPTIONS], 'wrap()')
    parseReuse(options)
    return this.#wrapper.wrap(this, fn, options)
  }

  /**
   * Drops everything under this cache's prefix, of every version.
   *
   * @throws SettingsError when `keyFunction` makes keys that don't begin with them: they can't be told from others'.
   */
  async clear(): Promise<void> {
    const prefix = this.keys.clearable
    this.#flights.fenceAll(prefix)
    const clear = () => this.operations.writeAll('clear', prefix, () => this.access.clear(prefix), undefined)
    await this.tags.clearing(clear)
  }

  get #parts(): Parts {
    return {
      keys: this.keys,
      values: this.#values,
      flights: this.#flights,
      locks: this.#locks,
      meter: this.meter,
      random: this.#random,
      waitFor: (work) => this.waitFor(work),
    }
  }

  #target(
    key: string,
    options: SetArgument | undefined,
    operation: string,
    known: readonly string[] = SET_OPTIONS,
  ): Wanted {
    const storing = this.#values.options(options, known, `${operation}()`)
    return { ...storing, fullKey: this.keys.checked(key, storing.version) }
  }

  #notFound(operation: string): KeyNotFoundError {
    return new KeyNotFoundError(`${operation}: the key is not in cache '${this.alias}'; set it first`)
  }
}
