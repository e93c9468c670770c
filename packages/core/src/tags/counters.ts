import { StoreError, ValueError } from '../errors.js'
import { readInteger, writeInteger } from '../stores/integer.js'
import type { Entry, Store } from '../stores/store.js'
import { bytesOf } from '../stores/stored-value.js'
import { after, type MaybePromise } from '../util/maybe-promise.js'

/** Attempts at a counter that other processes keep deleting. */
const ATTEMPTS = 5

/** Whole numbers in a store that only ever grow. Methods fail as the store does. */
export class Counters {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** Returns the number in an entry; 0: there is none, or not a valid one. */
  static of(entry: Entry | undefined): number {
    try {
      const number = entry && readInteger(bytesOf(entry.value))
      return number !== undefined && number > 0 ? number : 0
    } catch {
      // Stores return a damaged entry as a value that throws when it is read.
      return 0
    }
  }

  /** Reads a counter and its expiry from the store itself, not the near tier. */
  read(key: string): Promise<Entry | undefined> {
    this.#store.near?.drop(key)
    return this.#store.get(key)
  }

  /** Reads several at one time, from the store itself. */
  together(keys: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
    for (const key of keys) this.#store.near?.drop(key)
    return this.#store.getMany(keys)
  }

  /** As `read`, without the expiry, which costs some stores another round trip. */
  async value(key: string): Promise<number | undefined> {
    const entry = (await this.together([key])).get(key)
    return entry && Counters.of(entry)
  }

  /** Sets a counter unless it is there; returns whether it did. */
  create(key: string, value: number, expires: number | null): MaybePromise<boolean> {
    const { sync } = this.#store
    if (sync === undefined) return this.#store.add(key, writeInteger(value), expires)
    if (sync.get(key) !== undefined) return false
    sync.set(key, writeInteger(value), expires)
    return true
  }

  /**
   * Makes sure that a counter is there and does not expire before `expires`: creates it at `value`,
   * or extends it. One that can't be read is deleted; the next call creates it.
   */
  keep(key: string, value: number, expires: number | null): MaybePromise<void> {
    const { sync } = this.#store
    const extend = (entry: Entry | undefined): MaybePromise<void> => {
      if (entry === undefined) return
      if (Counters.of(entry) === 0) return this.discard(key)
      if (!isBefore(entry.expires, expires)) return
      if (sync === undefined) return this.#store.touch(key, expires).then(() => undefined)
      sync.set(key, entry.value, expires)
    }
    return after(this.create(key, value, expires), (created) => {
      if (created) return
      if (sync !== undefined) return extend(sync.get(key))
      // Rejects for a value of another type, which a typed store such as Redis can't read.
      return this.read(key).then(extend, () => this.discard(key))
    })
  }

  /**
   * Deletes a counter that can't be read. Overwriting is not safe: a write that is given up as late
   * may still be done, and then lower a counter that a purge has raised since. An absent counter
   * only hides entries.
   */
  discard(key: string): MaybePromise<void> {
    const { sync } = this.#store
    if (sync === undefined) return this.#store.delete(key).then(() => undefined)
    sync.delete(key)
  }

  /**
   * Adds to a counter, which begins at `start` if it is absent or can't be read; resolves to the
   * sum.
   */
  async add(key: string, delta: number, start: () => number): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const sum = await this.#addTo(key, delta)
      if (sum !== undefined && sum > 0) return sum
      if (sum !== undefined) await this.discard(key)
      await this.create(key, start(), null)
    }
    return this.#unkept(start() + delta, 'the store does not keep the epoch of the tags')
  }

  /**
   * Raises a counter to `least`, or higher when other processes raise it at the same time: it never
   * falls, whatever the order. Resolves to its value.
   *
   * @param bound key of a counter that is as high as any value which this one may have had: where
   *   this one is absent it begins there, since a higher value may have been lost
   */
  async raise(key: string, least: number, expires: number | null, bound?: string): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const start = bound === undefined ? least : await this.#startOf(key, least, bound)
      if (start !== undefined && (await this.create(key, start, expires))) return start
      const value = await this.value(key)
      if (value === undefined) {
        // Neither created nor readable: a value of another type.
        if (attempt > 0) await this.discard(key)
        continue
      }
      if (value >= least) return value
      // Not a number: it can't be added to.
      if (value === 0) await this.#store.delete(key)
      else {
        const sum = await this.#addTo(key, least - value)
        if (sum !== undefined && sum > 0) return sum
      }
    }
    return this.#unkept(least, 'the store does not keep what a purge writes')
  }

  /**
   * Returns where an absent counter begins: both are read at one time, so that what was lost before
   * is not above. Undefined: it is there.
   */
  async #startOf(key: string, least: number, bound: string): Promise<number | undefined> {
    const found = await this.together([key, bound])
    return found.has(key) ? undefined : Math.max(least, Counters.of(found.get(bound)))
  }

  /** Where nothing is kept, nothing is to be dropped: any number will do. */
  #unkept(number: number, message: string): number {
    if (this.#store.keepsNothing === true) return number
    throw new StoreError(message)
  }

  /** Resolves to the sum; 0: the value can't be added to; undefined: there is none. */
  async #addTo(key: string, delta: number): Promise<number | undefined> {
    try {
      return await this.#store.incr(key, delta)
    } catch (error) {
      if (error instanceof ValueError) return 0
      throw error
    }
  }
}

/** Returns whether one expiry comes before another; null: never. */
function isBefore(one: number | null, other: number | null): boolean {
  return one !== null && (other === null || one < other)
}
