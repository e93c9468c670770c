import type { Peeked, SetArgument, SetOptions } from './cache-options.js'
import type { ParsedSettings } from './cache-settings.js'
import { after, type MaybePromise } from './maybe-promise.js'
import type { Meter } from './meter.js'
import type { Operations } from './operations.js'
import { checkOptionNames } from './options.js'
import type { Entry } from './store.js'
import type { TagClock } from './tags/tag-clock.js'
import { entryTags } from './tags/tag-names.js'
import { expiryOf, parseTimeout } from './timeout.js'
import { type NewHeader, seal } from './value-header.js'
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

/** A key that a value is wanted of, or for. */
export interface Wanted extends Storing {
  readonly fullKey: string
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
   * @param known names of the options that the call has
   * @param path names the call in errors
   * @throws SettingsError for an unknown option, or a timeout that can't be read; ValueError for tags that are none.
   */
  options(given: SetArgument | undefined, known: readonly string[], path: string): Storing {
    const isOptions = typeof given === 'object' && given !== null
    if (isOptions) checkOptionNames(given, known, path)
    const { version, timeout, tags }: Partial<SetOptions> = isOptions ? given : {}
    const wanted = isOptions ? timeout : given
    const seconds = wanted === undefined ? this.#settings.timeout : parseTimeout(wanted, 'timeout')
    return { version, timeout: seconds, tags: entryTags(tags, 'the option tags') }
  }

  /** Milliseconds since the epoch; null: never. */
  expiry(timeout: number | null): number | null {
    return expiryOf(timeout, this.#now())
  }

  now(): number {
    return this.#now()
  }

  encode(value: unknown): Uint8Array {
    return this.#settings.codec.encode(value)
  }

  /** What stands in front of a value that is computed, or set, from now on; undefined: nothing. */
  header({ tags, timeout }: Storing): MaybePromise<NewHeader | undefined> {
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

  /** What can be said of a key without waiting, counted as a hit or a miss; undefined: nothing can. */
  peek(fullKey: string): Peeked<unknown> | undefined {
    const reading = this.reader.peek(fullKey)
    if (reading === 'elsewhere') return undefined
    const found = this.count(fullKey, reading)
    return found === undefined ? { hit: false, value: undefined } : { hit: true, value: found.value }
  }

  /** Puts an entry under another key, with its expiry. */
  async move(from: string, to: string, entry: Entry): Promise<void> {
    const { access } = this.#settings
    const move = async () => {
      await access.set(to, entry.value, entry.expires)
      await access.delete(from)
    }
    await this.#operations.write('incrVersion', [from, to], move, undefined)
  }

  /** The value of an entry, counted as a hit or a miss; a stale one is a miss. */
  count(fullKey: string, reading: Reading | undefined): Found | undefined {
    const found = reading === undefined || reading.isStale ? undefined : this.decode(reading.body)
    if (found === undefined) this.#meter.miss(fullKey)
    else this.#meter.hit(fullKey)
    return found
  }

  /** Stores an encoded value; a timeout of 0 or less deletes what is there. */
  write({ fullKey, ...storing }: Wanted, body: Uint8Array): Promise<void> {
    return this.#seal([fullKey], storing, (keys, header) =>
      this.put(fullKey, seal(body, header), storing.timeout, keys),
    )
  }

  /** As `write`, of bytes as they are to be stored. */
  async put(
    fullKey: string,
    bytes: Uint8Array,
    timeout: number | null,
    turn: readonly string[] = [fullKey],
  ): Promise<void> {
    const { access } = this.#settings
    const set = () => access.set(fullKey, bytes, this.expiry(timeout)).then(() => true)
    if (isNothing(timeout)) await this.#operations.write('delete', turn, () => access.delete(fullKey), false)
    else if (await this.#operations.write('set', turn, set, false)) this.#meter.set(fullKey)
  }

  /** As `write`, for all at once; answers the full keys that failed. */
  async writeMany(bodies: ReadonlyMap<string, Uint8Array>, storing: Storing): Promise<string[]> {
    const fullKeys = [...bodies.keys()]
    if (isNothing(storing.timeout)) await this.deleteMany(fullKeys)
    if (isNothing(storing.timeout) || fullKeys.length === 0) return []
    return this.#seal(fullKeys, storing, async (keys, header) => {
      const sealed = new Map(Array.from(bodies, ([fullKey, body]) => [fullKey, seal(body, header)]))
      const set = () => this.#settings.access.setMany(sealed, this.expiry(storing.timeout))
      const failed = new Set(await this.#operations.write('setMany', keys, set, fullKeys))
      for (const fullKey of fullKeys) if (!failed.has(fullKey)) this.#meter.set(fullKey)
      return [...failed]
    })
  }

  /**
   * Stores an encoded value unless the key is there; whether it did. What was purged, or is stale, counts as not there:
   * where it has to make room, two who do so at the same time can both succeed.
   */
  add({ fullKey, ...storing }: Wanted, body: Uint8Array): Promise<boolean> {
    const { access } = this.#settings
    return this.#seal([fullKey], storing, async (keys, header) => {
      const add = () => access.add(fullKey, seal(body, header), this.expiry(storing.timeout))
      let added = await this.#operations.write<boolean | undefined>('add', keys, add, undefined)
      if (added === false && (await this.#isVoid(fullKey))) {
        const replace = () => access.delete(fullKey).then(add)
        added = await this.#operations.write('add', keys, replace, false)
      }
      if (added === true) this.#meter.set(fullKey)
      return added ?? false
    })
  }

  /** Gives an entry another expiry, and its tags with it; false: there is none, or it is stale. 0 or less deletes it. */
  async touch({ fullKey, timeout }: Wanted): Promise<boolean> {
    const { access } = this.#settings
    if (isNothing(timeout))
      return this.#operations.write('touch', [fullKey], () => access.delete(fullKey), false)
    const reading = await this.reader.readFresh(fullKey)
    if (reading === undefined || reading.isStale) return false
    const { tags, staleMs } = reading.header ?? { tags: [], staleMs: 0 }
    const fresh = this.expiry(timeout)
    const expires = fresh === null ? null : fresh + staleMs
    if (tags.length > 0) await this.clock.keep(tags, expires)
    return this.#operations.write('touch', [fullKey], () => access.touch(fullKey, expires), false)
  }

  /** How many were there. */
  async deleteMany(fullKeys: readonly string[]): Promise<number> {
    if (fullKeys.length === 0) return 0
    const deleted = await this.#operations.write(
      'deleteMany',
      fullKeys,
      () => this.#settings.access.deleteMany(fullKeys),
      0,
    )
    for (const fullKey of fullKeys) this.#meter.delete(fullKey)
    return deleted
  }

  /** Runs a write with the header of what is set now; others of its keys wait, where that has to be read first. */
  #seal<T>(
    fullKeys: readonly string[],
    storing: Storing,
    write: (turn: readonly string[], header: NewHeader | undefined) => Promise<T>,
  ): Promise<T> {
    const header = this.header(storing)
    if (!(header instanceof Promise)) return write(fullKeys, header)
    return this.#operations.hold(fullKeys, async () => write([], await header))
  }

  /** Whether what a key holds can't be answered any more. */
  async #isVoid(fullKey: string): Promise<boolean> {
    // To look would make it recent, in a store of this process, which holds no header that this process has not seen.
    if (this.#settings.access.sync !== undefined && !this.reader.hasHeaders) return false
    const reading = await this.reader.readFresh(fullKey)
    if (reading !== undefined) return reading.isStale
    return this.#operations.read('has', () => this.#settings.access.has(fullKey), false)
  }
}

/** A timeout that keeps nothing. */
export function isNothing(timeout: number | null): boolean {
  return timeout !== null && timeout <= 0
}
