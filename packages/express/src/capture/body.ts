import { types } from 'node:util'
import type { Captured } from './observer.js'

const noBytes: Buffer = Buffer.alloc(0)

/**
 * Copies a body while it is written, up to a limit in bytes.
 *
 * A copy, because the handler may use its buffer again; outside Node's shared pool, because a small
 * page must not keep a slab of other bytes alive for as long as it is cached. A body that comes in
 * one piece with its end is lent first: many stores copy it themselves.
 */
export class BodyCopy {
  readonly #limit: number
  #chunks: Buffer[] = []
  #isLent = false
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
    const bytes = this.#room(chunk, encoding)
    if (bytes === 0) return
    const kept = copy(chunk as string | Uint8Array, bytes, encoding)
    this.#length += kept.length
    this.#chunks.push(kept)
  }

  /** As `add`, of the last part, which is not copied where it is the whole. */
  end(chunk: unknown, encoding: unknown): void {
    if (this.#length > 0 || !types.isUint8Array(chunk)) {
      this.add(chunk, encoding)
      return
    }
    const bytes = this.#room(chunk, encoding)
    if (bytes === 0) return
    this.#length = bytes
    this.#chunks = [Buffer.from(chunk.buffer, chunk.byteOffset, bytes)]
    this.#isLent = true
  }

  /** Copies what is lent: the handler goes on, and may use its buffer again. */
  keep(): void {
    if (this.#isLent) this.#chunks = this.#chunks.map(copyOf)
    this.#isLent = false
  }

  /** Whether the handler's buffer stands in place of a copy, until the handler goes on. */
  get isLent(): boolean {
    return this.#isLent
  }

  /** Bytes of a part, where there is room for it; else counts it, and drops all. */
  #room(chunk: unknown, encoding: unknown): number {
    const bytes = typeof chunk === 'string' || types.isUint8Array(chunk) ? byteLength(chunk, encoding) : 0
    if (this.#length + bytes <= this.#limit) return bytes
    this.#length += bytes
    this.drop()
    return 0
  }

  /** Discards the copy; further bytes are only counted. */
  drop(): void {
    this.#overflowed = this.#length > this.#limit
    this.#chunks = []
    this.#isLent = false
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

/** Returns a response with a body that its handler can't change. */
export function withOwnBody(captured: Captured): Captured {
  const { body, length, overflowed, isCutShort, isHeadUtf8, headMayDiffer } = captured
  return { body: copyOf(body), isLent: false, length, overflowed, isCutShort, isHeadUtf8, headMayDiffer }
}

function copyOf(bytes: Uint8Array): Buffer {
  return copy(bytes, bytes.byteLength, undefined)
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
