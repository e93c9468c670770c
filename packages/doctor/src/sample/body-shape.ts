/** Bytes of a block, of which one hash is kept. */
const BLOCK = 32
/** Longer bodies are not compared. */
export const MAX_SHAPED = 64 * 1024

/** Range of a body that differs from another one. */
export interface Difference {
  /** Share of the body, from 0 to 1. */
  readonly share: number
  readonly from: number
  readonly to: number
}

/** Hashes of a body's blocks, from both ends: enough to find where another body differs. */
export class BodyShape {
  readonly #length: number
  readonly #fromBegin: Uint32Array
  readonly #fromEnd: Uint32Array

  constructor(body: Uint8Array) {
    this.#length = body.length
    this.#fromBegin = blocks(body, (i) => i * BLOCK)
    this.#fromEnd = blocks(body, (i) => body.length - (i + 1) * BLOCK)
  }

  /** Returns where a body differs from this one, to the block. */
  difference(other: BodyShape): Difference {
    const before = same(this.#fromBegin, other.#fromBegin) * BLOCK
    const length = Math.max(this.#length, other.#length)
    // No byte is counted from both sides: a repeated part may be missing.
    const left = Math.min(this.#length, other.#length) - before
    const behind = Math.min(left, same(this.#fromEnd, other.#fromEnd) * BLOCK)
    const to = length - behind
    return { share: length === 0 ? 0 : (to - before) / length, from: before, to }
  }
}

function blocks(body: Uint8Array, start: (i: number) => number): Uint32Array {
  const hashes = new Uint32Array(Math.floor(body.length / BLOCK))
  for (let i = 0; i < hashes.length; i += 1) hashes[i] = blockHash(body, start(i))
  return hashes
}

/** FNV-1a: it need not resist anyone. */
function blockHash(body: Uint8Array, start: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < start + BLOCK; i += 1) hash = Math.imul(hash ^ (body[i] ?? 0), 0x01000193)
  return hash >>> 0
}

function same(one: Uint32Array, other: Uint32Array): number {
  const length = Math.min(one.length, other.length)
  let i = 0
  while (i < length && one[i] === other[i]) i += 1
  return i
}
