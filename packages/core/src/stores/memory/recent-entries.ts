import type { Entry } from '../store.js'
import type { StoredValue } from '../stored-value.js'
import { hitsAt, MAX_HITS, setHits } from './entry-layout.js'
import type { Segment } from './segment.js'

/** Where an entry is. */
export interface Place {
  readonly segment: Segment
  readonly offset: number
}

/** Entry with its value as it was made of the bytes in its segment. */
export class RecentEntry implements Entry {
  readonly value: StoredValue
  expires: number | null
  readonly #place: Place
  #hits: number

  constructor(value: StoredValue, expires: number, place: Place) {
    this.value = value
    this.expires = expires === Number.POSITIVE_INFINITY ? null : expires
    this.#place = place
    this.#hits = hitsAt(place.segment, place.offset)
  }

  get place(): Place {
    return this.#place
  }

  /** Counts a hit. */
  touch(): void {
    if (this.#hits >= MAX_HITS) return
    this.#hits += 1
    setHits(this.#place.segment, this.#place.offset, this.#hits)
  }
}

interface Recent {
  readonly entry: RecentEntry
  /** Bytes that it takes beside its segment. */
  readonly cost: number
}

/**
 * The entries that are asked for most, so that their hits make nothing again: within bounds, in two
 * generations, of which the older is dropped when the younger is full.
 */
export class RecentEntries {
  #young = new Map<string, Recent>()
  #old = new Map<string, Recent>()
  #cost = 0
  readonly #limit: number

  /** @param limit bytes of both generations */
  constructor(limit: number) {
    this.#limit = limit / 2
  }

  get(key: string): RecentEntry | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young.entry
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.#old.delete(key)
    this.put(key, old.entry, old.cost)
    return old.entry
  }

  put(key: string, entry: RecentEntry, cost: number): void {
    if (cost > this.#limit) return
    this.delete(key)
    if (this.#cost + cost > this.#limit) {
      this.#old = this.#young
      this.#young = new Map()
      this.#cost = 0
    }
    this.#young.set(key, { entry, cost })
    this.#cost += cost
  }

  delete(key: string): void {
    const young = this.#young.get(key)
    if (young === undefined) this.#old.delete(key)
    else {
      this.#young.delete(key)
      this.#cost -= young.cost
    }
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#cost = 0
  }
}
