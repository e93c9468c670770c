import type { SetArgument, SetOptions } from './cache-options.js'
import type { ParsedSettings } from './cache-settings.js'
import { after, type MaybePromise } from './maybe-promise.js'
import type { Meter } from './meter.js'
import type { Operations } from './operations.js'
import type { Entry } from './store.js'
import type { TagClock } from './tags/tag-clock.js'
import { parseTags } from './tags/tag-names.js'
import { expiryOf, parseTimeout } from './timeout.js'
import type { ValueHeader } from './value-header.js'
import { type Reading, ValueReader } from './value-reader.js'

/** A value that is there; it may itself be undefined to a codec. */
export interface Found {
  readonly value: unknown
}

/** What a call asks for, of how its value is stored. */
export interface Storing {
  readonly version: number | undefined
  /** Seconds; null: never expires. */
  readonly timeout: number | null
  readonly tags: readonly string[]
}

/** A cache's values: how long they live, their encoding, reading and writing one. */
export class CacheValues {
  readonly reader: ValueReader
  readonly clock: TagClock
  readonly #settings: ParsedSettings
  readonly #operations: Operations
  readonly #meter: Meter
  readonly #now: () => number

  constructor(
    settings: ParsedSettings,
    operations: Operations,
    meter: Meter,
    clock: TagClock,
    now: () => number,
  ) {
    this.reader = new ValueReader(settings, operations, clock, now)
    this.clock = clock
    this.#settings = settings
    this.#operations = operations
    this.#meter = meter
    this.#now = now
  }

  /**
   * What a call asks for.
   *
   * @throws SettingsError for a timeout that can't be read; ValueError for what are no tags.
   */
  options(given: SetArgument | undefined): Storing {
    const isOptions = typeof given === 'object' && given !== null
    const { version, timeout, tags }: Partial<SetOptions> = isOptions ? given : {}
    const wanted = isOptions ? timeout : given
    const seconds = wanted === undefined ? this.#settings.timeout : parseTimeout(wanted, 'timeout')
    return { version, timeout: seconds, tags: parseTags(tags) }
  }

  /** Milliseconds since the epoch; null: never. */
  expiry(timeout: number | null): number | null {
    return expiryOf(timeout, this.#now())
  }

  encode(value: unknown): Uint8Array {
    return this.#settings.codec.encode(value)
  }

  /** What stands in front of a value that is computed, or set, from now on; undefined: nothing. */
  header({ tags, timeout }: Storing): MaybePromise<ValueHeader | undefined> {
    if (tags.length === 0 || isNothing(timeout)) return undefined
    this.clock.inUse = true
    const kept = this.clock.keep(tags, this.expiry(timeout))
    return after(kept, (since) => ({ tags, since, staleMs: 0, computeMs: 0 }))
  }

  /** Undefined for bytes that can't be read, which is a failure of the store. */
  decode(body: Uint8Array): Found | undefined {
    try {
      return { value: this.#settings.codec.decode(body) }
    } catch (error) {
      return this.#operations.fail(error, 'decode', undefined)
    }
  }

  /** Puts an entry under another key, with its expiry. */
  async move(from: string, to: string, entry: Entry): Promise<void> {
    const { access } = this.#settings
    const move = async () => {
      await access.set(to, entry.value, entry.expires)
      await access.delete(from)
    }
    await this.#operations.write('incrVersion', move, undefined)
  }

  /** The value of an entry, counted as a hit or a miss; a stale one is a miss. */
  count(fullKey: string, reading: Reading | undefined): Found | undefined {
    const found = reading === undefined || reading.isStale ? undefined : this.decode(reading.body)
    if (found === undefined) this.#meter.miss(fullKey)
    else this.#meter.hit(fullKey)
    return found
  }

  /** Stores bytes; a timeout of 0 or less deletes what is there. */
  async write(fullKey: string, bytes: Uint8Array, timeout: number | null): Promise<void> {
    const { access } = this.#settings
    const set = () => access.set(fullKey, bytes, this.expiry(timeout)).then(() => true)
    if (isNothing(timeout)) await this.#operations.write('delete', () => access.delete(fullKey), false)
    else if (await this.#operations.write('set', set, false)) this.#meter.set(fullKey)
  }

  /** As `write`, for all at once; answers the full keys that failed. */
  async writeMany(values: ReadonlyMap<string, Uint8Array>, timeout: number | null): Promise<string[]> {
    const { access } = this.#settings
    const fullKeys = [...values.keys()]
    if (isNothing(timeout)) await this.deleteMany(fullKeys)
    if (isNothing(timeout) || fullKeys.length === 0) return []
    const set = () => access.setMany(values, this.expiry(timeout))
    const failed = new Set(await this.#operations.write('setMany', set, fullKeys))
    for (const fullKey of fullKeys) if (!failed.has(fullKey)) this.#meter.set(fullKey)
    return [...failed]
  }

  /**
   * Stores bytes unless the key is there; whether it did. What was purged, or is stale, counts as not there.
   *
   * Where the store can't delete by comparison, two who find the same purged value at the same time can both succeed.
   */
  async add(fullKey: string, bytes: Uint8Array, timeout: number | null): Promise<boolean> {
    const { access } = this.#settings
    const add = () => access.add(fullKey, bytes, this.expiry(timeout))
    let added = await this.#operations.write<boolean | undefined>('add', add, undefined)
    if (added === false && (await this.#isVoid(fullKey))) {
      const replace = async () => {
        await access.delete(fullKey)
        return add()
      }
      added = await this.#operations.write('add', replace, false)
    }
    if (added === true) this.#meter.set(fullKey)
    return added ?? false
  }

  /** Gives an entry another expiry, and its tags with it; false: there is none, or it is stale. */
  async touch(fullKey: string, timeout: number | null): Promise<boolean> {
    const reading = await this.reader.readFresh(fullKey)
    if (reading === undefined || reading.isStale) return false
    const { tags, staleMs } = reading.header ?? { tags: [], staleMs: 0 }
    const fresh = this.expiry(timeout)
    const expires = fresh === null ? null : fresh + staleMs
    if (tags.length > 0) await this.clock.keep(tags, expires)
    return this.#operations.write('touch', () => this.#settings.access.touch(fullKey, expires), false)
  }

  /** How many were there. */
  async deleteMany(fullKeys: readonly string[]): Promise<number> {
    if (fullKeys.length === 0) return 0
    const deleted = await this.#operations.write(
      'deleteMany',
      () => this.#settings.access.deleteMany(fullKeys),
      0,
    )
    for (const fullKey of fullKeys) this.#meter.delete(fullKey)
    return deleted
  }

  /** Whether what a key holds can't be answered any more. */
  async #isVoid(fullKey: string): Promise<boolean> {
    const reading = await this.reader.readFresh(fullKey)
    if (reading !== undefined) return reading.isStale
    return this.#operations.read('has', () => this.#settings.access.has(fullKey), false)
  }
}

/** A timeout that keeps nothing. */
export function isNothing(timeout: number | null): boolean {
  return timeout !== null && timeout <= 0
}
