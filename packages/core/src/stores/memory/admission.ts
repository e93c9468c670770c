import type { Ghosts } from './ghosts.js'
import type { SegmentSpace } from './segment-space.js'

/** A full store keeps a new entry over this part of `maxBytes` when it comes the second time. */
const ADMITTED_SHARE = 1024
const ALWAYS_ADMITTED = 2 ** 16
/** Changes the hash of a key that was not kept: its ghost is another than that of one that was. */
const REFUSED = 0x5bd1e995

/**
 * Keeps large entries that are asked for once from driving out many small ones: a page of a
 * mebibyte has to be asked for as often as fifty of 20 KB to be worth its room.
 */
export class Admission {
  readonly #space: SegmentSpace
  readonly #ghosts: Ghosts
  readonly #limit: number
  readonly #admitted: number

  /** @param limit bytes of the segments and their index */
  constructor(space: SegmentSpace, ghosts: Ghosts, limit: number) {
    this.#space = space
    this.#ghosts = ghosts
    this.#limit = limit
    this.#admitted = Math.max(ALWAYS_ADMITTED, limit / ADMITTED_SHARE)
  }

  /** Returns whether a new entry of that size is kept; if not, it is the next time. */
  admits(hash: number, size: number): boolean {
    if (this.#hasRoom(size)) return true
    if (this.#ghosts.take(hash ^ REFUSED)) return true
    this.#ghosts.add(hash ^ REFUSED)
    return false
  }

  /**
   * Returns the same, and leaves no trace.
   *
   * @param hash undefined: of a key that never came
   */
  wouldAdmit(hash: number | undefined, size: number): boolean {
    if (this.#hasRoom(size) || hash === undefined) return this.#hasRoom(size)
    return this.#ghosts.has(hash) || this.#ghosts.has(hash ^ REFUSED)
  }

  #hasRoom(size: number): boolean {
    if (size <= this.#admitted) return true
    // With room for it and some segments, the store is not full.
    return this.#space.cost + size + 3 * this.#space.segmentBytes <= this.#limit
  }
}
