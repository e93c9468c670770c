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
  readonly key: string
  readonly entry: RecentEntry
  /** Bytes that it takes beside its segment. */
  readonly cost: number
  isUsed: boolean
  /** Its place in the ring. */
  index: number
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
  /**
   * The same, in no order but that of the hand. An iterator of the Map, kept while that changes,
   * would keep each table that the Map has outgrown (V8 leads it from one to the next).
   */
  readonly #ring: Recent[] = []
  #hand = 0
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
    const added = { key, entry, cost, isUsed: false, index: this.#ring.length }
    this.#entries.set(key, added)
    this.#ring.push(added)
    this.#cost += cost
  }

  delete(key: string): void {
    const found = this.#entries.get(key)
    if (found !== undefined) this.#drop(found)
  }

  clear(): void {
    this.#entries.clear()
    this.#ring.length = 0
    this.#cost = 0
    this.#isFull = false
  }

  /** Drops the entry under the hand, or lets it stay for another round; goes on to the next. */
  #step(): void {
    this.#isFull = true
    if (this.#hand >= this.#ring.length) this.#hand = 0
    const found = this.#ring[this.#hand++]
    if (found === undefined) return
    if (found.isUsed) found.isUsed = false
    else this.#drop(found)
  }

  /** The last one of the ring takes its place. */
  #drop(found: Recent): void {
    this.#entries.delete(found.key)
    this.#cost -= found.cost
    const last = this.#ring.pop()
    if (last === undefined || last === found) return
    last.index = found.index
    this.#ring[last.index] = last
  }
}
