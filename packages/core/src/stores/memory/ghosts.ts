/**
 * Hashes of keys that were dropped lately: one that is asked for again is not asked for once only.
 * A table of fixed size, in which a newer hash takes the place of an older one.
 */
export class Ghosts {
  readonly #hashes: Int32Array
  readonly bytes: number

  /** @param count the number of hashes that it holds: a power of two */
  constructor(count: number) {
    this.#hashes = new Int32Array(count)
    this.bytes = this.#hashes.byteLength
  }

  add(hash: number): void {
    this.#hashes[this.#place(hash)] = hash
  }

  /** Forgets a hash; returns whether it was known. */
  take(hash: number): boolean {
    const place = this.#place(hash)
    // Zero is also an empty place: of 2 ** 32 hashes, one may count as known.
    if (this.#hashes[place] !== hash) return false
    this.#hashes[place] = 0
    return true
  }

  has(hash: number): boolean {
    return this.#hashes[this.#place(hash)] === hash
  }

  #place(hash: number): number {
    return hash & (this.#hashes.length - 1)
  }
}
