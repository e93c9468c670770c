import { nearOf } from '../entries/cache-entries.js'
import type { Operations } from '../entries/operations.js'
import type { Entry } from '../stores/store.js'
import { bytesOf } from '../stores/stored-value.js'
import type { TagClock } from '../tags/tag-clock.js'
import type { TagVerdict } from '../tags/verified.js'
import { after, isPromise, type MaybePromise } from '../util/maybe-promise.js'
import type { ParsedSettings } from './settings.js'
import { type Unsealed, unseal, type ValueHeader } from './value-header.js'

/** An entry that was read, and that no purge has made invalid. */
export interface Reading {
  readonly entry: Entry
  /** The encoded value. */
  readonly body: Uint8Array
  readonly header: ValueHeader | undefined
  /** Past its timeout, or purged softly: to be served only where stale values are allowed. */
  readonly isStale: boolean
}

/**
 * Returns whether a value is past its timeout, and kept only to be served stale. Stores return no
 * expired entry.
 */
function isPast({ expires }: Entry, header: ValueHeader | undefined, now: number): boolean {
  const staleMs = header?.staleMs ?? 0
  return staleMs > 0 && expires !== null && expires - staleMs <= now
}

/** Reads the entries of a cache, and judges them by their headers. */
export class ValueReader {
  readonly #settings: ParsedSettings
  readonly #operations: Operations
  readonly #clock: TagClock
  readonly #now: () => number
  /** Whether this process has read a value with a header. */
  hasHeaders = false

  constructor(settings: ParsedSettings, operations: Operations, clock: TagClock, now: () => number) {
    this.#settings = settings
    this.#operations = operations
    this.#clock = clock
    this.#now = now
  }

  /**
   * Reads an entry: one round trip; a second one at the first tag that this process sees, and after
   * each purge one for each entry.
   *
   * @returns undefined: there is none, or one that was purged or can't be read
   */
  async read(fullKey: string): Promise<Reading | undefined> {
    const { access } = this.#settings
    if (this.#clock.inUse) return (await this.readMany([fullKey])).get(fullKey)
    const entry = await this.#operations.read('get', () => access.get(fullKey), undefined)
    return this.#open(fullKey, entry, undefined)
  }

  /**
   * Reads without waiting: from a store in this process, or from the near tier of one elsewhere.
   */
  peek(fullKey: string): Reading | undefined | 'elsewhere' {
    const { sync, near } = this.#settings.access
    try {
      const entry = (sync ?? near)?.get(fullKey)
      if (entry === undefined) return sync === undefined ? 'elsewhere' : undefined
      const reading = this.#open(fullKey, entry, undefined)
      return isPromise(reading) ? 'elsewhere' : reading
    } catch (error) {
      return this.#operations.fail(error, 'peek', 'elsewhere' as const)
    }
  }

  /**
   * As `read`, past the near tier: a value that is written back must not be older than the store's.
   */
  readFresh(fullKey: string): Promise<Reading | undefined> {
    const { near } = this.#settings.access
    near?.drop(fullKey)
    if (this.#clock.inUse) near?.drop(this.#clock.epochKey)
    return this.read(fullKey)
  }

  /** Resolves to those that are there, by full key. */
  async readMany(fullKeys: readonly string[]): Promise<Map<string, Reading>> {
    const { access } = this.#settings
    const { inUse, epochKey } = this.#clock
    const wanted = inUse ? [...fullKeys, epochKey] : fullKeys
    const read = () => access.getMany(wanted)
    const entries =
      (await this.#operations.read<Map<string, Entry> | undefined>('getMany', read, undefined)) ??
      nearOf(access.near, wanted)
    const epoch = inUse ? this.#clock.epochOf(entries.get(epochKey)) : undefined
    const opened = fullKeys.map(async (fullKey): Promise<[string, Reading | undefined]> => {
      return [fullKey, await this.#open(fullKey, entries.get(fullKey), epoch)]
    })
    const readings = new Map<string, Reading>()
    for (const [fullKey, reading] of await Promise.all(opened)) {
      if (reading !== undefined) readings.set(fullKey, reading)
    }
    return readings
  }

  #open(
    fullKey: string,
    entry: Entry | undefined,
    epoch: number | undefined,
  ): MaybePromise<Reading | undefined> {
    const unsealed = entry && this.#unseal(entry)
    if (entry === undefined || unsealed === undefined) return undefined
    const { header, body } = unsealed
    if (header !== undefined) this.hasHeaders = true
    const isStale = isPast(entry, header, this.#now())
    if (header === undefined || !header.hasTags) return { entry, body, header, isStale }
    this.#clock.inUse = true
    return after(epoch ?? this.#clock.now(), (current) =>
      after(this.#verdict(fullKey, header, current), (verdict) => {
        if (verdict === 'invalid') return undefined
        return { entry, body, header, isStale: isStale || verdict === 'stale' }
      }),
    )
  }

  #verdict(key: string, header: ValueHeader, epoch: number): MaybePromise<TagVerdict> {
    const { since } = header
    // Nothing was purged since: the verdict of the clock, without decoding the tags.
    if (epoch === since && since > 0) return 'valid'
    try {
      return this.#clock.verdict({ key, tags: header.tags, since }, epoch)
    } catch (error) {
      return this.#operations.fail(error, 'decode', 'invalid')
    }
  }

  #unseal(entry: Entry): Unsealed | undefined {
    try {
      return unseal(bytesOf(entry.value))
    } catch (error) {
      return this.#operations.fail(error, 'decode', undefined)
    }
  }
}
