const noBytes: Buffer = Buffer.alloc(0)

/**
 * Copies a body while it is written, up to a limit in bytes.
 *
 * A copy, because the handler may use its buffer again; outside Node's shared pool, because a small
 * page must not keep a slab of other bytes alive for as long as it is cached.
 */
export class BodyCopy {
  readonly #limit: number
  #chunks: Buffer[] = []
  #length = 0
  #overflowed = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes written so far, including those that were not kept. */
  get length(): number {
    return this.#length
  }

  get overflowed(): boolean {
    return this.#overflowed
  }

  add(chunk: unknown, encoding: unknown): void {
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array ? byteLength(chunk, encoding) : 0
    if (bytes === 0) return
    if (this.#length + bytes > this.#limit) {
      this.#length += bytes
      this.drop()
      return
    }
    const kept = copy(chunk as string | Uint8Array, bytes, encoding)
    this.#length += kept.length
    this.#chunks.push(kept)
  }

  /** Discards the copy; further bytes are only counted. */
  drop(): void {
    this.#overflowed = this.#length > this.#limit
    this.#chunks = []
  }

  take(): Buffer {
    const [first, ...rest] = this.#chunks
    this.#chunks = []
    if (first === undefined) return noBytes
    if (rest.length === 0) return first
    const whole = Buffer.allocUnsafeSlow(this.#length)
    let offset = 0
    for (const chunk of [first, ...rest]) offset += chunk.copy(whole, offset)
    return whole
  }
}

function byteLength(chunk: string | Uint8Array, encoding: unknown): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk, encodingOf(encoding)) : chunk.byteLength
}

function copy(chunk: string | Uint8Array, bytes: number, encoding: unknown): Buffer {
  const kept = Buffer.allocUnsafeSlow(bytes)
  // `byteLength` overestimates base64 and hex with white space or errors in them; behind the bytes
  // written stand old contents of memory.
  if (typeof chunk === 'string') return kept.subarray(0, kept.write(chunk, encodingOf(encoding)))
  kept.set(chunk)
  return kept
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
