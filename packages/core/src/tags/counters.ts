import { StoreError, ValueError } from '../errors.js'
import { readInteger, writeInteger } from '../stores/integer.js'
import type { Entry, Store } from '../stores/store.js'
import { bytesOf } from '../stores/stored-value.js'
import { after, type MaybePromise } from '../util/maybe-promise.js'

/** How often a counter that others keep deleting is tried. */
const ATTEMPTS = 5

/** Whole numbers in a store that only ever grow. Reject, or throw, what the store does. */
export class Counters {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /** The number that an entry holds; 0: none that can be believed. */
  static of(entry: Entry | undefined): number {
    try {
      const number = entry && readInteger(bytesOf(entry.value))
      return number !== undefined && number > 0 ? number : 0
    } catch {
      // A store answers what is damaged as a value that can't be used.
      return 0
    }
  }

  /** What the store itself holds, past what is near, and when it expires. */
  read(key: string): Promise<Entry | undefined> {
    this.#store.near?.drop(key)
    return this.#store.get(key)
  }

  /** As `read`, without when it expires: one round trip, where that would need another. */
  async value(key: string): Promise<number | undefined> {
    this.#store.near?.drop(key)
    const entry = (await this.#store.getMany([key])).get(key)
    return entry && Counters.of(entry)
  }

  /** Sets a counter unless it is there; whether it did. */
  create(key: string, value: number, expires: number | null): MaybePromise<boolean> {
    const { sync } = this.#store
    if (sync === undefined) return this.#store.add(key, writeInteger(value), expires)
    if (sync.get(key) !== undefined) return false
    sync.set(key, writeInteger(value), expires)
    return true
  }

  /**
   * Sees to it that a counter is there and is not forgotten before `expires`: creates it at `value`. One that can't be read
   * is deleted, for the next to create it.
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
      // It may be a value of another type, which no store can be asked for as one.
      return this.read(key).then(extend, () => this.discard(key))
    })
  }

  /**
   * Deletes what can't be read. It is not written over: what is given up for being late may still be done, and could then
   * lower a counter that a purge has raised since; one that is not there hides what it would have kept.
   */
  discard(key: string): MaybePromise<void> {
    const { sync } = this.#store
    if (sync === undefined) return this.#store.delete(key).then(() => undefined)
    sync.delete(key)
  }

  /** Adds to a counter; one that is not there, or can't be read, begins at `start`. Answers the sum. */
  async add(key: string, delta: number, start: () => number): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const sum = await this.#addTo(key, delta)
      if (sum !== undefined && sum > 0) return sum
      if (sum !== undefined) await this.discard(key)
      await this.create(key, start(), null)
    }
    throw new StoreError('the store does not keep the epoch of the tags')
  }

  /**
   * Raises a counter to `least`, or higher when others raise it at the same time: it never falls, whatever the order in
   * which they do. Answers what it is then.
   */
  async raise(key: string, least: number, expires: number | null): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await this.create(key, least, expires)) return least
      const value = await this.value(key)
      if (value === undefined) {
        // Neither there nor not: a value of another type.
        if (attempt > 0) await this.discard(key)
        continue
      }
      if (value >= least) return value
      // What is no number counts as none: nothing can be added to it.
      if (value === 0) await this.#store.delete(key)
      else {
        const sum = await this.#addTo(key, least - value)
        if (sum !== undefined && sum > 0) return sum
      }
    }
    throw new StoreError('the store does not keep what a purge writes')
  }

  /** The sum; 0: what is there can't be added to. */
  async #addTo(key: string, delta: number): Promise<number | undefined> {
    try {
      return await this.#store.incr(key, delta)
    } catch (error) {
      if (error instanceof ValueError) return 0
      throw error
    }
  }
}

/** Whether one expiry comes before another; null: never. */
function isBefore(one: number | null, other: number | null): boolean {
  return one !== null && (other === null || one < other)
}
