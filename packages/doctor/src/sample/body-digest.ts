import type { BodySample } from '@sitecache/core/internal'
import { MAX_SHAPED } from './body-shape.js'
import { RunningHash } from './hashing.js'

/** Hash of a body, and the body itself while it is short and its response is under way. */
export class BodyDigest implements BodySample {
  readonly #hash = new RunningHash()
  #chunks: Buffer[] | undefined = []
  #length = 0

  add(chunk: unknown, encoding: unknown): void {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : chunk
    this.#hash.add(bytes)
    this.#length += bytes.length
    if (this.#length > MAX_SHAPED) this.#chunks = undefined
    // A copy: the handler may use its buffer again.
    else this.#chunks?.push(Buffer.from(bytes))
  }

  /** Returns the hash of the body; 0: there was none. To be called once. */
  end(): number {
    return this.#length === 0 ? 0 : this.#hash.end()
  }

  /** Returns the body; undefined: it is too long to be compared. */
  take(): Buffer | undefined {
    const body = this.#chunks && Buffer.concat(this.#chunks)
    this.#chunks = undefined
    return body
  }
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
