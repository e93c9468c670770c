/** Longest line of a reply; a key has 250 bytes at most. */
const MAX_LINE = 8192

const LINE_FEED = 0x0a

/** Bytes received from a server and not yet read. */
export class Inbox {
  #chunks: Buffer[] = []
  /** Offset of the first unread byte in the first chunk. */
  #at = 0
  #length = 0
  /** Bytes still to be skipped as they arrive. */
  #skipping = 0

  get isEmpty(): boolean {
    return this.#length === 0 && this.#skipping === 0
  }

  push(chunk: Buffer): void {
    const skipped = Math.min(this.#skipping, chunk.length)
    this.#skipping -= skipped
    if (skipped === chunk.length) return
    this.#chunks.push(skipped === 0 ? chunk : chunk.subarray(skipped))
    this.#length += chunk.length - skipped
  }

  /**
   * Reads a line without its end.
   *
   * @returns undefined: it has not arrived whole
   * @throws ProtocolError for a line that is too long
   */
  line(): string | undefined {
    if (this.#skipping > 0) return undefined
    let end = -1
    for (;;) {
      end = this.#chunks[0]?.indexOf(LINE_FEED, this.#at) ?? -1
      if (end >= 0 || this.#chunks.length < 2) break
      this.#join()
    }
    if (end < 0) {
      if (this.#length > MAX_LINE) throw new ProtocolError('a line without end')
      return undefined
    }
    const length = end - this.#at
    const line = this.#chunks[0]?.toString('utf8', this.#at, end) ?? ''
    this.#drop(length + 1)
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }

  /**
   * Reads bytes into a new buffer, so that they don't keep the received chunk alive.
   *
   * @returns undefined: not all have arrived
   */
  bytes(count: number): Buffer | undefined {
    if (this.#skipping > 0 || this.#length < count) return undefined
    const bytes = Buffer.allocUnsafeSlow(count)
    for (let filled = 0; filled < count; ) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) break
      const copied = chunk.copy(bytes, filled, this.#at, Math.min(chunk.length, this.#at + count - filled))
      filled += copied
      this.#drop(copied)
    }
    return bytes
  }

  /** Skips bytes, including those that have yet to arrive. */
  skip(count: number): void {
    const here = Math.min(count, this.#length)
    this.#skipping += count - here
    for (let left = here; left > 0; ) {
      const first = Math.min(left, (this.#chunks[0]?.length ?? 0) - this.#at)
      this.#drop(first)
      left -= first
    }
  }

  /** Joins the first two chunks: a line may be cut anywhere. */
  #join(): void {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), ...rest] = this.#chunks
    this.#chunks = [Buffer.concat([first.subarray(this.#at), second]), ...rest]
    this.#at = 0
  }

  /** Advances within the first chunk. */
  #drop(count: number): void {
    this.#at += count
    this.#length -= count
    if (this.#at < (this.#chunks[0]?.length ?? 0)) return
    this.#chunks.shift()
    this.#at = 0
  }
}

/** A reply that violates the protocol; the replies behind it can't be understood. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

/** A server's refusal of an operation, in its words. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}
