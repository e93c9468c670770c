import { randomInt } from 'node:crypto'
import type { CacheEntries } from '../entries/cache-entries.js'
import type { Meter } from '../events/meter.js'
import type { Entry, Store } from '../stores/store.js'
import { after, isPromise, type MaybePromise } from '../util/maybe-promise.js'
import type { Pending } from '../util/pending.js'
import { Counters } from './counters.js'
import { eraAfter } from './era.js'

/** Parts of a cache that its clock uses. */
export interface TagClockDependencies {
  readonly alias: string
  readonly keyPrefix: string
  /** The store, as entries are read and written. */
  readonly access: Store
  readonly entries: CacheEntries
  readonly meter: Meter
  readonly pending: Pending
  readonly now: () => number
}

/** Purges of other processes that this one may not have seen. */
const AHEAD = 1024
/** Starts in one era differ by less than this. */
const SPREAD = 1024

/** An entry that holds no number. */
const UNREADABLE: Entry = { value: new Uint8Array(0), expires: null }

/** Epoch of a cache's tags: a number in its store that each purge raises, and that never falls. */
export class Epoch {
  readonly key: string
  readonly #parts: TagClockDependencies
  readonly #counters: Counters
  /** Highest epoch seen: after the store has lost it, a new one starts above. */
  #highest = 0
  #confirming: Promise<number> | undefined
  #read: { readonly entry: Entry | undefined; readonly epoch: number } = { entry: undefined, epoch: 0 }

  constructor(key: string, parts: TagClockDependencies) {
    this.key = key
    this.#parts = parts
    this.#counters = new Counters(parts.access)
  }

  /** Returns the epoch in an entry; 0: there is none, or it can't be read. */
  of(entry: Entry | undefined): number {
    // A store in this process returns the same object until the entry changes: most hits need not
    // parse it again.
    if (entry !== undefined && entry === this.#read.entry) return this.#read.epoch
    const epoch = Counters.of(entry)
    this.#read = { entry, epoch }
    if (epoch > this.#highest) this.#highest = epoch
    if (epoch > 0) this.#bringNear()
    return epoch
  }

  /** Reads the epoch, and creates it if it is absent; 0: the store failed. Never rejects. */
  now(): MaybePromise<number> {
    return after(this.#ask(), (epoch) => epoch || this.#create())
  }

  /** Drops it from the near tier, so that the next read asks the store itself. */
  drop(): void {
    this.#parts.access.near?.drop(this.key)
  }

  /**
   * Runs a clear, and begins an era after it where there was an epoch: what began before the clear
   * counts no more. Fails as the store does.
   */
  async clearing(clear: () => Promise<void>): Promise<void> {
    this.drop()
    await this.#ask()
    await clear()
    if (this.#highest > 0) await this.beginEra()
  }

  /** Raises it to a new era: entries that were made before are void. Fails as the store does. */
  async beginEra(): Promise<number> {
    const start = eraAfter(this.#highest) + randomInt(SPREAD)
    const epoch = await this.#counters.raise(this.key, start, null)
    this.#highest = Math.max(this.#highest, epoch)
    return epoch
  }

  /** Whether an epoch is lower than one that this process has seen before. */
  isBehind(epoch: number): boolean {
    return epoch > 0 && epoch < this.#highest
  }

  /**
   * Finds out why the epoch that was read is behind. One from a near tier or a replica is only
   * late, and is returned as it is. A store that has lost purges, such as one that came back with
   * an older snapshot, gets a new era, in which its entries are void. Never rejects; 0: the store
   * failed.
   */
  confirm(read: number): Promise<number> {
    const isLate = 0
    this.#confirming ??= Promise.resolve(
      guarded(this.#parts, 'epoch', -1, async () => {
        const highest = this.#highest
        return (await this.raise(1)) > highest ? isLate : this.beginEra()
      }),
    ).finally(() => {
      this.#confirming = undefined
    })
    return this.#confirming.then((it) => (it === isLate ? read : Math.max(0, it)))
  }

  /** Adds to it and resolves to the sum. Rejects when the store fails. */
  async raise(delta: number): Promise<number> {
    const epoch = await this.#counters.add(this.key, delta, () => this.#start())
    this.#highest = Math.max(this.#highest, epoch)
    return epoch
  }

  #ask(): MaybePromise<number> {
    const { entries, access } = this.#parts
    if (access.near !== undefined) return after(entries.get(this.key), (entry) => this.of(entry))
    return after(entries.getMany([this.key]), (found) => this.of(found.get(this.key)))
  }

  #create(): MaybePromise<number> {
    return guarded(this.#parts, 'epoch', 0, () => {
      const start = this.#start()
      const begun = () => {
        this.#highest = Math.max(this.#highest, start)
        return start
      }
      const create = () => this.#counters.create(this.key, start, null)
      return after(create(), (created) => {
        if (created) return begun()
        const { sync } = this.#parts.access
        const replaced = () =>
          after(this.#counters.discard(this.key), () => after(create(), (it) => (it ? begun() : 0)))
        // A value that can't be read is of another type; or the store fails, and so will the next
        // operation.
        const there =
          sync === undefined ? this.#counters.read(this.key).catch(() => UNREADABLE) : sync.get(this.key)
        return after(there, (entry) => {
          const epoch = this.of(entry)
          // With an unreadable epoch no entry would be valid, and none could be purged.
          const isGarbage = entry !== undefined && epoch === 0
          return isGarbage ? replaced() : epoch
        })
      })
    })
  }

  /**
   * Returns the start of an epoch. Where this process knows an earlier one, the store has lost it
   * alone, since fences and tags that are lost make their own entries void: the new one goes on
   * above it, and above what other processes may have seen meanwhile. Else it begins an era above
   * the wall clock, in milliseconds times 1000; two starts in one era differ.
   */
  #start(): number {
    if (this.#highest > 0) return Math.min(this.#highest + AHEAD, eraAfter(this.#highest) - 1)
    return eraAfter(Math.floor(this.#parts.now()) * 1000) + randomInt(SPREAD)
  }

  /**
   * Reads it by `get`, which returns the expiry of a counter. Without an expiry, as from the
   * `getMany` of some stores, the near tier does not keep it, and every tiered hit would ask the
   * far store.
   */
  #bringNear(): void {
    const { access, entries, pending } = this.#parts
    if (access.near === undefined || access.near.get(this.key) !== undefined) return
    void pending.track(Promise.resolve(entries.get(this.key)))
  }
}

/**
 * Runs an operation, for which `idle()` waits; a failure is counted and emitted, and returns
 * `failed`.
 */
export function guarded<T>(
  { meter, pending }: TagClockDependencies,
  operation: string,
  failed: T,
  run: () => MaybePromise<T>,
): MaybePromise<T> {
  const fail = (error: unknown) => {
    meter.error(error, operation)
    return failed
  }
  if (pending.closed) return failed
  try {
    const result = run()
    return isPromise(result) ? pending.track(result.catch(fail)) : result
  } catch (error) {
    return fail(error)
  }
}
