import { randomInt } from 'node:crypto'
import type { CacheEntries } from '../entries/cache-entries.js'
import type { Meter } from '../events/meter.js'
import type { Entry, Store } from '../stores/store.js'
import { after, type MaybePromise } from '../util/maybe-promise.js'
import type { Pending } from '../util/pending.js'
import { Counters } from './counters.js'

/** What a cache lends its clock. */
export interface TagClockParts {
  readonly alias: string
  readonly keyPrefix: string
  /** The store, as entries are read and written. */
  readonly access: Store
  readonly entries: CacheEntries
  readonly meter: Meter
  readonly pending: Pending
  readonly now: () => number
}

/** An entry that holds no number. */
const UNREADABLE: Entry = { value: new Uint8Array(0), expires: null }

/** The epoch of a cache's tags: a number in its store that each purge raises, and that never comes back lower. */
export class Epoch {
  readonly key: string
  readonly #parts: TagClockParts
  readonly #counters: Counters
  /** The highest epoch seen: one that is made anew, when the store has lost it, is higher. */
  #highest = 0
  #read: { readonly entry: Entry | undefined; readonly epoch: number } = { entry: undefined, epoch: 0 }

  constructor(key: string, parts: TagClockParts) {
    this.key = key
    this.#parts = parts
    this.#counters = new Counters(parts.access)
  }

  /** What an entry holds; 0: none that can be read. */
  of(entry: Entry | undefined): number {
    // A store in this process answers the same entry until it is another: most hits need not read the number again.
    if (entry !== undefined && entry === this.#read.entry) return this.#read.epoch
    const epoch = Counters.of(entry)
    this.#read = { entry, epoch }
    if (epoch > this.#highest) this.#highest = epoch
    if (epoch > 0) this.#bringNear()
    return epoch
  }

  /** It is created if it is absent; 0: the store failed. Never rejects. */
  now(): MaybePromise<number> {
    return after(this.#ask(), (epoch) => epoch || this.#create())
  }

  /** Has the store itself be asked for it next, and not what is near. */
  drop(): void {
    this.#parts.access.near?.drop(this.key)
  }

  /** Creates it when it has been cleared, if there was one: by a process that knows it, whose clock may be behind another's. */
  async renew(): Promise<void> {
    if (this.#highest > 0) await this.#create()
  }

  /** Adds to it, and answers the sum. Rejects when the store fails. */
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
        // What is there but can't be asked for is of another type, or the store fails, and so will this.
        const there =
          sync === undefined ? this.#counters.read(this.key).catch(() => UNREADABLE) : sync.get(this.key)
        return after(there, (entry) => {
          const epoch = this.of(entry)
          // One that can't be read would leave nothing valid, and nothing that could be purged.
          const isGarbage = entry !== undefined && epoch === 0
          return isGarbage ? replaced() : epoch
        })
      })
    })
  }

  /**
   * Where a new epoch starts: beyond any that there was, unless a cache made a thousand purges each millisecond. Two that are
   * made in one millisecond differ, so that what was stored under the first does not pass for valid under the second.
   */
  #start(): number {
    return Math.max(Math.floor(this.#parts.now()) * 1000 + randomInt(1000), this.#highest) + 1
  }

  /**
   * A remote store's `getMany` may not tell when a counter expires, and a near one keeps nothing of which that is not
   * known: a tiered hit would ask the far store each time. `get` tells it.
   */
  #bringNear(): void {
    const { access, entries, pending } = this.#parts
    if (access.near === undefined || access.near.get(this.key) !== undefined) return
    void pending.track(Promise.resolve(entries.get(this.key)))
  }
}

/** Runs something that may fail, which is counted and told; `idle()` waits for it. */
export function guarded<T>(
  { meter, pending }: TagClockParts,
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
    return result instanceof Promise ? pending.track(result.catch(fail)) : result
  } catch (error) {
    return fail(error)
  }
}
