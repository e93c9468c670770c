import type { HoleMarks } from './hole-marks.js'

/** Part of a body: bytes to be sent, or the name of a hole to be filled. */
export type HolePart = Buffer | string

/**
 * Takes the marks out of a body that is written in pieces, wherever the pieces end. Holds back only
 * bytes that may begin a mark: fewer than a mark has.
 */
export class HoleSplitter {
  readonly #marks: HoleMarks
  #held: Buffer = Buffer.alloc(0)

  constructor(marks: HoleMarks) {
    this.#marks = marks
  }

  /**
   * Returns the parts that can be sent now, in order. They share the memory of the piece, which
   * must not be reused.
   */
  push(piece: Uint8Array): HolePart[] {
    const bytes =
      this.#held.length === 0
        ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
        : Buffer.concat([this.#held, piece])
    const { token, length } = this.#marks
    const parts: HolePart[] = []
    let from = 0
    for (
      let at = bytes.indexOf(token);
      at >= 0 && at + length <= bytes.length;
      at = bytes.indexOf(token, from)
    ) {
      const name = this.#marks.nameAt(bytes.toString('latin1', at + token.length, at + length))
      const end = name === undefined ? at + token.length : at
      if (end > from) parts.push(bytes.subarray(from, end))
      if (name !== undefined) parts.push(name)
      from = name === undefined ? end : at + length
    }
    const keep = this.#begun(bytes, from)
    if (keep > from) parts.push(bytes.subarray(from, keep))
    this.#held = Buffer.from(bytes.subarray(keep))
    return parts
  }

  /** Returns the bytes that were held back, at the end of the body. */
  end(): HolePart[] {
    const held = this.#held
    this.#held = Buffer.alloc(0)
    return held.length === 0 ? [] : [held]
  }

  /**
   * Returns the place where a mark may begin that the next piece completes; without one, the end.
   */
  #begun(bytes: Buffer, from: number): number {
    const { token, length } = this.#marks
    const earliest = Math.max(from, bytes.length - length + 1)
    for (
      let at = bytes.indexOf(token.charAt(0), earliest);
      at >= 0;
      at = bytes.indexOf(token.charAt(0), at + 1)
    ) {
      const tail = bytes.toString('latin1', at, Math.min(bytes.length, at + token.length))
      if (token.startsWith(tail)) return at
    }
    return bytes.length
  }
}
