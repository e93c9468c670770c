import { Flights } from '../../util/flights.js'
import type { Entry } from '../store.js'
import type { NearTier } from './near-tier.js'

/** Writes of one key that are under way. */
interface Writes {
  count: number
  /** Another write overlapped, here or elsewhere: which one the far store took last is unknown. */
  contested: boolean
}

/**
 * Keeps entries out of the near tier that are out of date when they arrive: from a read of the far
 * store that began before its key was changed, and from a write that another may have followed.
 */
export class NearFences {
  /** Reads of the far store under way; concurrent callers share one per key. */
  readonly reads = new Flights<Entry | undefined>()
  readonly #near: NearTier
  readonly #writes = new Map<string, Writes>()

  constructor(near: NearTier) {
    this.#near = near
  }

  /** Begins a write of these keys; `end` has to follow for each. */
  begin(keys: Iterable<string>): void {
    for (const key of keys) {
      const writes = this.#writes.get(key)
      if (writes === undefined) this.#writes.set(key, { count: 1, contested: false })
      else {
        writes.count += 1
        writes.contested = true
      }
    }
  }

  /**
   * Ends a write and drops the old entry; returns whether the far store certainly has the new one.
   */
  end(key: string): boolean {
    this.reads.fence(key)
    this.#near.delete(key)
    const writes = this.#writes.get(key)
    if (writes === undefined) return false
    writes.count -= 1
    if (writes.count === 0) this.#writes.delete(key)
    return !writes.contested
  }

  /** Drops a key that has changed, or may have. */
  drop(key: string): void {
    this.reads.fence(key)
    this.#near.delete(key)
    const writes = this.#writes.get(key)
    if (writes !== undefined) writes.contested = true
  }

  /** As `drop`, for all keys that begin with the prefix. */
  dropAll(prefix: string): void {
    this.reads.fenceAll(prefix)
    this.#near.clear(prefix)
    for (const [key, writes] of this.#writes) if (key.startsWith(prefix)) writes.contested = true
  }
}
