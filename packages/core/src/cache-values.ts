import type { Peeked, SetArgument } from './cache-options.js'
import type { ParsedSettings } from './cache-settings.js'
import type { Meter } from './meter.js'
import type { Operations } from './operations.js'
import type { Entry } from './store.js'
import { bytesOf } from './stored-value.js'
import { expiryOf, parseTimeout } from './timeout.js'

/** A value that is there; it may itself be undefined to a codec. */
export interface Found {
  readonly value: unknown
}

/** A cache's values: how long they live, their encoding, reading and writing one. */
export class CacheValues {
  readonly #settings: ParsedSettings
  readonly #operations: Operations
  readonly #meter: Meter
  readonly #now: () => number

  constructor(settings: ParsedSettings, operations: Operations, meter: Meter, now: () => number) {
    this.#settings = settings
    this.#operations = operations
    this.#meter = meter
    this.#now = now
  }

  /**
   * The version and timeout (seconds; null: never) that a call asks for.
   *
   * @throws SettingsError for a timeout that can't be read.
   */
  options(given: SetArgument | undefined): { version: number | undefined; timeout: number | null } {
    const { version, timeout } =
      typeof given === 'object' && given !== null ? given : { version: undefined, timeout: given }
    const seconds = timeout === undefined ? this.#settings.timeout : parseTimeout(timeout, 'timeout')
    return { version, timeout: seconds }
  }

  /** Milliseconds since the epoch; null: never. */
  expiry(timeout: number | null): number | null {
    return expiryOf(timeout, this.#now())
  }

  encode(value: unknown): Uint8Array {
    return this.#settings.codec.encode(value)
  }

  /** Undefined also for bytes that can't be read, which is a failure of the store. */
  decode(entry: Entry | undefined): Found | undefined {
    if (entry === undefined) return undefined
    try {
      return { value: this.#settings.codec.decode(bytesOf(entry.value)) }
    } catch (error) {
      return this.#operations.fail(error, 'decode', undefined)
    }
  }

  fetch(fullKey: string): Promise<Entry | undefined> {
    const { access } = this.#settings
    return this.#operations.read<Entry | undefined>('get', () => access.get(fullKey), undefined)
  }

  /** What can be said of a key without waiting, counted as a hit or a miss; undefined: nothing can. */
  peek(fullKey: string): Peeked<unknown> | undefined {
    const { sync, near } = this.#settings.access
    let entry: Entry | undefined
    try {
      entry = (sync ?? near)?.get(fullKey)
    } catch (error) {
      return this.#operations.fail(error, 'peek', undefined)
    }
    // What is not near may be where the store lives.
    if (entry === undefined && sync === undefined) return undefined
    const found = this.count(fullKey, entry)
    return found === undefined ? { hit: false, value: undefined } : { hit: true, value: found.value }
  }

  /** As `fetch`, past what is near: what is written back must not be older than what the store holds. */
  fetchFresh(fullKey: string): Promise<Entry | undefined> {
    this.#settings.access.near?.drop(fullKey)
    return this.fetch(fullKey)
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

  /** The value of an entry, counted as a hit or a miss. */
  count(fullKey: string, entry: Entry | undefined): Found | undefined {
    const found = this.decode(entry)
    if (found === undefined) this.#meter.miss(fullKey)
    else this.#meter.hit(fullKey)
    return found
  }

  /** The values of those full keys that have an entry, by their keys; each is counted. */
  countAll(fullKeys: ReadonlyMap<string, string>, entries: ReadonlyMap<string, Entry>): Map<string, unknown> {
    const values = new Map<string, unknown>()
    for (const [key, fullKey] of fullKeys) {
      const found = this.count(fullKey, entries.get(fullKey))
      if (found !== undefined) values.set(key, found.value)
    }
    return values
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
}

/** A timeout that keeps nothing. */
export function isNothing(timeout: number | null): boolean {
  return timeout !== null && timeout <= 0
}
