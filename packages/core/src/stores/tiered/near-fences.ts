import { Flights } from '../../util/flights.js'
import type { Entry } from '../store.js'
import type { NearTier } from './near-tier.js'

/** The writes of one key that are under way. */
interface Writes {
  count: number
  /** Another write overlapped, here or elsewhere: nobody knows which the far store has taken last. */
  contested: boolean
}

/**
 * Keeps out of the near tier what is out of date when it comes: a read of the far store that began before a key was
 * changed, and a write of which another may have been the later.
 */
export class NearFences {
  /** Reads of the far store under way; those who ask for a key meanwhile share one. */
  readonly reads = new Flights<Entry | undefined>()
  readonly #near: NearTier
  readonly #writes = new Map<string, Writes>()

  constructor(near: NearTier) {
    this.#near = near
  }

  /** A write of these keys begins; `end` has to follow for each. */
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

  /** A write has ended: drops what was there, and answers whether what was written is what the far store has. */
  end(key: string): boolean {
    this.reads.fence(key)
    this.#near.delete(key)
    const writes = this.#writes.get(key)
    if (writes === undefined) return false
    writes.count -= 1
    if (writes.count === 0) this.#writes.delete(key)
    return !writes.contested
  }

  /** A key has changed, or may have. */
  drop(key: string): void {
    this.reads.fence(key)
    this.#near.delete(key)
    const writes = this.#writes.get(key)
    if (writes !== undefined) writes.contested = true
  }

  /** As `drop`, for all that begin with the prefix. */
  dropAll(prefix: string): void {
    this.reads.fenceAll(prefix)
    this.#near.clear(prefix)
    for (const [key, writes] of this.#writes) if (key.startsWith(prefix)) writes.contested = true
  }
}
