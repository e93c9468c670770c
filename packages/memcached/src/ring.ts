import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** Points of each member: with 160, as in ketama, shares differ by some tenths. */
const POINTS = 160

/**
 * Consistent hashing: each member has points on a ring, and a key belongs to the next point.
 * Without a member only its keys move, to all others in about equal parts.
 */
export class Ring<T> {
  readonly #points: readonly { readonly at: number; readonly member: T }[]

  /**
   * @param members by name; the names alone decide the points, so every process must use the same
   */
  constructor(members: ReadonlyMap<string, T>) {
    const points = [...members].flatMap(([name, member]) =>
      Array.from({ length: POINTS }, (_, i) => ({ at: pointOf(`${name}-${i}`), member })),
    )
    this.#points = points.toSorted((a, b) => a.at - b.at)
  }

  /**
   * Finds a key's member among those that are allowed.
   *
   * @returns undefined: there is none
   */
  find(key: string, isAllowed: (member: T) => boolean): T | undefined {
    const first = this.#next(mix(crc32(key)))
    for (let i = 0; i < this.#points.length; i += 1) {
      const member = this.#points[(first + i) % this.#points.length]?.member
      if (member !== undefined && isAllowed(member)) return member
    }
    return undefined
  }

  /** Finds the first point at or after a position. */
  #next(at: number): number {
    let low = 0
    let high = this.#points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#points[middle]?.at ?? 0) < at) low = middle + 1
      else high = middle
    }
    return low
  }
}

function pointOf(name: string): number {
  return hash('sha1', name, 'buffer').readUInt32BE(0)
}

/** Spreads similar checksums over the ring (the last step of MurmurHash3). */
function mix(number: number): number {
  let mixed = number
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
