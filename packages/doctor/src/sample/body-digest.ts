import { types } from 'node:util'
import type { BodySample } from '@sitecache/core/internal'
import { MAX_SHAPED } from './body-shape.js'
import { RunningHash } from './hashing.js'

/** Bytes: of a longer body there is no hash. Pages that long are stored as an exception. */
const MAX_HASHED = 4 * 2 ** 20

/** Hash of a body, and the body itself while it is short and its response is under way. */
export class BodyDigest implements BodySample {
  /** Undefined: it is over, or the body too long. */
  #hash: RunningHash | undefined = new RunningHash()
  #chunks: Buffer[] | undefined = []
  #length = 0

  /** A handler may go on when its client is gone: what is added then counts for nothing. */
  add(chunk: unknown, encoding: unknown): void {
    if (this.#hash === undefined) return
    if (typeof chunk !== 'string' && !types.isUint8Array(chunk)) return
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : chunk
    this.#length += bytes.length
    if (this.#length > MAX_HASHED) this.#hash = undefined
    this.#hash?.add(bytes)
    if (this.#length > MAX_SHAPED) this.#chunks = undefined
    // A copy: the handler may use its buffer again.
    else this.#chunks?.push(Buffer.from(bytes))
  }

  /** Returns the hash of the body; 0: there was none, or it is not known. To be called once. */
  end(): number {
    const hash = this.#length === 0 ? 0 : (this.#hash?.end() ?? 0)
    this.#hash = undefined
    this.#chunks = undefined
    return hash
  }

  /** Returns the body, before its end; undefined: it is too long to be compared. */
  take(): Buffer | undefined {
    const body = this.#chunks && Buffer.concat(this.#chunks)
    this.#chunks = undefined
    return body
  }
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
