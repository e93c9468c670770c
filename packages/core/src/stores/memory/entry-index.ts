/** Place of an entry: the number of its segment, times 2 ** 20, and its offset there. */
export type Location = number

/** No entry. */
export const NOWHERE: Location = -1

/** Tells which key the entry at a location has. */
export interface KeyMatcher {
  hasKey(location: Location, key: string): boolean
}

/** Most tables: so that one that grows is soon copied, however many entries there are. */
const MOST_SHARDS = 256
const SHARD_PER_BYTES = 2 ** 18
const SMALLEST = 8
/** Bytes of a hash and a location. */
const SLOT = 12
/** Bytes of an index with one entry. */
export const SMALLEST_INDEX = SMALLEST * SLOT

/**
 * Locations of entries by the hashes of their keys, in arrays of numbers, which cost the collector
 * nothing: up to 256 hash tables with linear probing.
 */
export class EntryIndex {
  readonly #shards: (Shard | undefined)[]
  /** Bits of a hash that choose a table; the lower ones choose a slot there. */
  readonly #mask: number
  readonly #matcher: KeyMatcher
  #bytes = 0

  /** @param maxBytes of the store */
  constructor(matcher: KeyMatcher, maxBytes: number) {
    const count = 2 ** Math.floor(Math.log2(Math.max(1, maxBytes / SHARD_PER_BYTES)))
    this.#mask = Math.min(count, MOST_SHARDS) - 1
    this.#shards = new Array(this.#mask + 1)
    this.#matcher = matcher
  }

  /** Bytes of the tables. */
  get bytes(): number {
    return this.#bytes
  }

  find(hash: number, key: string): Location {
    const shard = this.#shards[(hash >>> 24) & this.#mask]
    if (shard === undefined) return NOWHERE
    const { hashes, locations } = shard
    const mask = hashes.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const location = locations[slot] ?? 0
      if (location === 0) return NOWHERE
      if (hashes[slot] === hash && this.#matcher.hasKey(location - 1, key)) return location - 1
    }
  }

  add(hash: number, location: Location): void {
    const number = (hash >>> 24) & this.#mask
    const shard = this.#shards[number]
    if (shard !== undefined && shard.count < shard.hashes.length * 0.75) insert(shard, hash, location + 1)
    else insert(this.#grow(number, shard), hash, location + 1)
  }

  move(hash: number, from: Location, to: Location): void {
    const shard = this.#shards[(hash >>> 24) & this.#mask]
    const slot = shard === undefined ? -1 : slotOf(shard, hash, from + 1)
    if (shard !== undefined && slot >= 0) shard.locations[slot] = to + 1
  }

  delete(hash: number, location: Location): void {
    const shard = this.#shards[(hash >>> 24) & this.#mask]
    const slot = shard === undefined ? -1 : slotOf(shard, hash, location + 1)
    if (shard !== undefined && slot >= 0) empty(shard, slot)
  }

  clear(): void {
    this.#shards.fill(undefined)
    this.#bytes = 0
  }

  #grow(number: number, old: Shard | undefined): Shard {
    const size = old === undefined ? SMALLEST : old.hashes.length * 2
    const grown = { hashes: new Int32Array(size), locations: new Float64Array(size), count: 0 }
    this.#bytes += (size - (old?.hashes.length ?? 0)) * SLOT
    this.#shards[number] = grown
    for (let slot = 0; old !== undefined && slot < old.hashes.length; slot++) {
      const location = old.locations[slot] ?? 0
      if (location !== 0) insert(grown, old.hashes[slot] ?? 0, location)
    }
    return grown
  }
}

interface Shard {
  readonly hashes: Int32Array
  /** One more than the location; 0: the slot is empty. */
  readonly locations: Float64Array
  count: number
}

function insert(shard: Shard, hash: number, location: number): void {
  const { hashes, locations } = shard
  const mask = hashes.length - 1
  let slot = hash & mask
  while (locations[slot] !== 0) slot = (slot + 1) & mask
  hashes[slot] = hash
  locations[slot] = location
  shard.count += 1
}

/** @returns -1: it is not there */
function slotOf({ hashes, locations }: Shard, hash: number, location: number): number {
  const mask = hashes.length - 1
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    if (locations[slot] === location) return slot
    if (locations[slot] === 0) return -1
  }
}

/** Empties a slot, and moves those behind it that could no longer be found. */
function empty(shard: Shard, slot: number): void {
  const { hashes, locations } = shard
  const mask = hashes.length - 1
  let hole = slot
  for (let next = (hole + 1) & mask; locations[next] !== 0; next = (next + 1) & mask) {
    const home = (hashes[next] ?? 0) & mask
    // Its home lies behind the hole: it stays.
    if (((next - home) & mask) < ((next - hole) & mask)) continue
    hashes[hole] = hashes[next] ?? 0
    locations[hole] = locations[next] ?? 0
    hole = next
  }
  locations[hole] = 0
  shard.count -= 1
}
