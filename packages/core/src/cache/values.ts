import type { Operations } from '../entries/operations.js'
import type { Meter } from '../events/meter.js'
import { checkOptionNames } from '../options/check-options.js'
import { expiryOf, parseTimeout } from '../options/timeout.js'
import type { Entry } from '../stores/store.js'
import type { TagClock } from '../tags/tag-clock.js'
import { entryTags } from '../tags/tag-names.js'
import { after, isPromise, type MaybePromise } from '../util/maybe-promise.js'
import type { Peeked, SetArgument, SetOptions } from './options.js'
import type { ParsedSettings } from './settings.js'
import { type NewHeader, seal } from './value-header.js'
import { type Reading, ValueReader } from './value-reader.js'

/** A value that was found; it may itself be undefined to a codec. */
export interface FoundValue {
  readonly value: unknown
}

/** Options of a call, complete and checked. */
export interface ParsedSetOptions {
  readonly version: number | undefined
  /** Seconds; null: never expires. */
  readonly timeout: number | null
  readonly tags: readonly string[]
}

/** A key with the options of the call. */
export interface Target extends ParsedSetOptions {
  readonly fullKey: string
}

/** Reads, encodes and writes the values of a cache. */
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
   * @param known names of the options that the call has
   * @param path names the call in errors
   * @throws SettingsError for an unknown option, or a timeout that can't be read; ValueError for
   * values that are no tags.
   */
  parseOptions(given: SetArgument | undefined, known: readonly string[], path: string): ParsedSetOptions {
    const isOptions = typeof given === 'object' && given !== null
    if (isOptions) checkOptionNames(given, known, path)
    const { version, timeout, tags }: Partial<SetOptions> = isOptions ? given : {}
    const lifetime = isOptions ? timeout : given
    const seconds = lifetime === undefined ? this.#settings.timeout : parseTimeout(lifetime, 'timeout')
    return { version, timeout: seconds, tags: entryTags(tags, 'the option tags') }
  }

  /** Returns milliseconds since the epoch; null: never. */
  expiry(timeout: number | null): number | null {
    return expiryOf(timeout, this.#now())
  }

  now(): number {
    return this.#now()
  }

  encode(value: unknown): Uint8Array {
    return this.#settings.codec.encode(value)
  }

  /**
   * Makes the header of a value that is set from now on.
   *
   * @returns undefined: it needs none
   */
  header({ tags, timeout }: ParsedSetOptions): MaybePromise<NewHeader | undefined> {
    if (tags.length === 0 || isNothing(timeout)) return undefined
    this.clock.inUse = true
    const kept = this.clock.keep(tags, this.expiry(timeout))
    return after(kept, (since) => ({ tags, since, staleMs: 0, computeMs: 0 }))
  }

  /** @returns undefined: the bytes can't be read, which counts as a failure of the store */
  decode(body: Uint8Array): FoundValue | undefined {
    try {
      return { value: this.#settings.codec.decode(body) }
    } catch (error) {
      return this.#operations.fail(error, 'decode', undefined)
    }
  }

  /**
   * Looks up without waiting, counted as a hit or a miss.
   *
   * @returns undefined: the store has to be waited for
   */
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

  /** Returns the value of an entry, counted as a hit or a miss; a stale one is a miss. */
  count(fullKey: string, reading: Reading | undefined): FoundValue | undefined {
    const found = reading === undefined || reading.isStale ? undefined : this.decode(reading.body)
    if (found === undefined) this.#meter.miss(fullKey)
    else this.#meter.hit(fullKey)
    return found
  }

  /** Stores an encoded value; a timeout of 0 or less deletes the key. */
  write({ fullKey, ...options }: Target, body: Uint8Array): Promise<void> {
    return this.#seal([fullKey], options, (keys, header) =>
      this.put(fullKey, seal(body, header), options.timeout, keys),
    )
  }

  /** As `write`, of bytes that have their header already. */
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

  /** As `write`, for all at once; resolves to the full keys that failed. */
  async writeMany(bodies: ReadonlyMap<string, Uint8Array>, options: ParsedSetOptions): Promise<string[]> {
    const fullKeys = [...bodies.keys()]
    if (isNothing(options.timeout)) await this.deleteMany(fullKeys)
    if (isNothing(options.timeout) || fullKeys.length === 0) return []
    return this.#seal(fullKeys, options, async (keys, header) => {
      const sealed = new Map(Array.from(bodies, ([fullKey, body]) => [fullKey, seal(body, header)]))
      const set = () => this.#settings.access.setMany(sealed, this.expiry(options.timeout))
      const failed = new Set(await this.#operations.write('setMany', keys, set, fullKeys))
      for (const fullKey of fullKeys) if (!failed.has(fullKey)) this.#meter.set(fullKey)
      return [...failed]
    })
  }

  /**
   * Stores an encoded value unless the key is there; resolves to whether it did. A value that was
   * purged, or is stale, counts as absent and is replaced, which is not atomic: two callers that do
   * so at the same time can both succeed.
   */
  add({ fullKey, ...options }: Target, body: Uint8Array): Promise<boolean> {
    const { access } = this.#settings
    return this.#seal([fullKey], options, async (keys, header) => {
      const add = () => access.add(fullKey, seal(body, header), this.expiry(options.timeout))
      let added = await this.#operations.write<boolean | undefined>('add', keys, add, undefined)
      if (added === false && (await this.#isReplaceable(fullKey))) {
        const replace = () => access.delete(fullKey).then(add)
        added = await this.#operations.write('add', keys, replace, false)
      }
      if (added === true) this.#meter.set(fullKey)
      return added ?? false
    })
  }

  /**
   * Gives an entry, and its tags, another expiry; false: there is none, or it is stale. 0 or less
   * deletes it.
   */
  async touch({ fullKey, timeout }: Target): Promise<boolean> {
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

  /**
   * Adds to a stored integer; resolves to the sum, or undefined when there is none or the store
   * failed.
   */
  incr(fullKey: string, delta: number): Promise<number | undefined> {
    const { access } = this.#settings
    return this.#operations.write('incr', [fullKey], () => access.incr(fullKey, delta), undefined)
  }

  /** Resolves to whether it was there. */
  async delete(fullKey: string): Promise<boolean> {
    const { access } = this.#settings
    const deleted = await this.#operations.write('delete', [fullKey], () => access.delete(fullKey), false)
    this.#meter.delete(fullKey)
    return deleted
  }

  /** Resolves to how many were there. */
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

  /**
   * Runs a write with its header; where that takes reading first, later writes of its keys wait.
   */
  #seal<T>(
    fullKeys: readonly string[],
    options: ParsedSetOptions,
    write: (turn: readonly string[], header: NewHeader | undefined) => Promise<T>,
  ): Promise<T> {
    const header = this.header(options)
    if (!isPromise(header)) return write(fullKeys, header)
    return this.#operations.hold(fullKeys, async () => write([], await header))
  }

  /** Resolves to whether the entry of a key can't be served any more. */
  async #isReplaceable(fullKey: string): Promise<boolean> {
    // Every header in a store of this process was written by it. Not read without need: that would
    // make it recent.
    if (this.#settings.access.sync !== undefined && !this.reader.hasHeaders) return false
    const reading = await this.reader.readFresh(fullKey)
    if (reading !== undefined) return reading.isStale
    return this.#operations.read('has', () => this.#settings.access.has(fullKey), false)
  }
}

/** Returns whether a timeout keeps nothing. */
export function isNothing(timeout: number | null): boolean {
  return timeout !== null && timeout <= 0
}
