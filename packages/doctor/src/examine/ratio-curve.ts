import type { LookUp } from '../sample/look-up.js'
import type { Examination } from './examination.js'
import { distinct } from './numbered.js'
import { forEach, type Steps, sortedBy } from './steps.js'

/** Keys that are followed at most: more are sampled by their hash (SHARDS, FAST '15). */
const MOST_KEYS = 8192

/** Sum over positions, in logarithmic time (Fenwick). */
class Sums {
  readonly #tree: Float64Array

  constructor(length: number) {
    this.#tree = new Float64Array(length + 1)
  }

  add(position: number, value: number): void {
    for (let i = position + 1; i < this.#tree.length; i += i & -i)
      this.#tree[i] = (this.#tree[i] ?? 0) + value
  }

  /** Sum of all positions before this one. */
  before(position: number): number {
    let sum = 0
    for (let i = position; i > 0; i -= i & -i) sum += this.#tree[i] ?? 0
    return sum
  }
}

/** Hits that stores of any size would bring, of one that drops what was not asked for longest. */
export class RatioCurve {
  /** Bytes between two look-ups of one page, for each that could be a hit, in order. */
  readonly #distances: Float64Array
  /** Look-ups for which one that is followed stands. */
  readonly #scale: number
  /** Look-ups that chance has left out, or taken in too many: those of the most asked for. */
  readonly #surplus: number

  /** @param distances in order */
  constructor(distances: readonly number[], scale: number, surplus: number) {
    this.#distances = Float64Array.from(distances)
    this.#scale = scale
    this.#surplus = surplus
  }

  /** Returns the hits that a store of so many bytes would bring in the sample. */
  hits(bytes: number): number {
    let [low, high] = [0, this.#distances.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#distances[middle] ?? 0) <= bytes) low = middle + 1
      else high = middle
    }
    return Math.max(0, low * this.#scale + this.#surplus)
  }
}

/**
 * Works out the curve from a sample, adjusted as SHARDS-adj does.
 *
 * @param isFollowed whether a look-up's page is stored at all. @default each is
 */
export function* ratioCurve(
  { all }: Examination,
  isFollowed: (i: number) => boolean = () => true,
): Steps<RatioCurve> {
  const rate = Math.min(1, MOST_KEYS / (yield* distinct(all, ({ key }) => key)))
  const sums = new Sums(all.length)
  const last = new Map<number, { position: number; bytes: number; expires: number }>()
  const distances: number[] = []
  let [counted, followed] = [0, 0]
  yield* forEach(all, (lookUp, i) => {
    const { key } = lookUp
    if (lookUp.isHead || !isStorable(lookUp) || !isFollowed(i)) return
    counted += 1
    if (!isSampled(lookUp, rate)) return
    followed += 1
    const before = last.get(key)
    const bytes = bytesOf(lookUp)
    if (before !== undefined) {
      const distance = sums.before(i) - sums.before(before.position)
      if (lookUp.at < before.expires && !lookUp.isOwn) distances.push(distance / rate)
      sums.add(before.position, -before.bytes)
    }
    sums.add(i, bytes)
    const isNew = before === undefined || lookUp.at >= before.expires
    const expires = isNew ? lookUp.at + lookUp.ttl * 1000 : before.expires
    last.set(key, { position: i, bytes, expires })
  })
  const sorted = yield* sortedBy(distances, (distance) => distance)
  return new RatioCurve(sorted, 1 / rate, counted - followed / rate)
}

function isStorable({ isServed, result }: LookUp): boolean {
  return isServed || result === 'miss'
}

/** Follows all look-ups of a page, or none. */
function isSampled({ path }: LookUp, rate: number): boolean {
  return rate === 1 || path / 2 ** 32 < rate
}

/** A page's entry, its record's and its fence's. */
const OVERHEAD = 1000

/** Bytes that a page takes in a store. */
export function bytesOf({ bytes }: LookUp): number {
  return bytes + OVERHEAD
}
