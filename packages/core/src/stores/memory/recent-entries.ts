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

/** An entry, and whether it was asked for since the hand came by. */
interface Recent {
  readonly entry: RecentEntry
  /** Bytes that it takes beside its segment. */
  readonly cost: number
  isUsed: boolean
}

/** Of the entries that come once the memory is full, one in so many is put there. */
const ONE_IN = 7

/**
 * The entries that are asked for most, so that their hits make nothing again: within bounds, and
 * replaced by CLOCK. Once they are many, but a few of those that come are taken: one that is asked
 * for often is soon among them, and those that are not cost the collector no objects that outlive
 * their request.
 */
export class RecentEntries {
  readonly #entries = new Map<string, Recent>()
  /** Goes round: a Map's iterator also comes to what is added while it goes. */
  #hand = this.#entries.keys()
  #cost = 0
  #passed = 0
  #isFull = false
  readonly #limit: number

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string): RecentEntry | undefined {
    const found = this.#entries.get(key)
    if (found === undefined) return undefined
    found.isUsed = true
    return found.entry
  }

  /** Whether the next entry that is not here is to be put here. */
  takesNext(): boolean {
    if (!this.#isFull) return true
    this.#passed = (this.#passed + 1) % ONE_IN
    return this.#passed === 0
  }

  /** @param key of an entry that is not here */
  put(key: string, entry: RecentEntry, cost: number): void {
    if (cost > this.#limit) return
    while (this.#cost + cost > this.#limit) this.#step()
    this.#entries.set(key, { entry, cost, isUsed: false })
    this.#cost += cost
  }

  delete(key: string): void {
    const found = this.#entries.get(key)
    if (found === undefined) return
    this.#entries.delete(key)
    this.#cost -= found.cost
  }

  clear(): void {
    this.#entries.clear()
    this.#cost = 0
    this.#isFull = false
  }

  /** Drops the entry under the hand, or lets it stay for another round. */
  #step(): void {
    this.#isFull = true
    const next = this.#hand.next()
    if (next.done === true) {
      this.#hand = this.#entries.keys()
      return
    }
    const found = this.#entries.get(next.value)
    if (found === undefined) return
    if (found.isUsed) found.isUsed = false
    else this.delete(next.value)
  }
}
