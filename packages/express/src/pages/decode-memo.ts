const MAX_ENTRIES = 5000
const MAX_BYTES = 8 * 2 ** 20

/** Value that these bytes, in memory of their own, were decoded to. */
interface Known<T> {
  readonly bytes: Uint8Array
  readonly value: T
}

/**
 * Values that entries of a store elsewhere were decoded to, by key: a page that is asked for often
 * need not be checked and taken apart at each hit. The bytes that the store answers still decide:
 * only when they are the very same is the value that was made of them answered again.
 *
 * Kept from the second time on, so that a flood of pages that are asked for once costs no copy. At
 * most 5000, of 8 MiB together; the oldest go first.
 */
export class DecodeMemo<T> {
  readonly #decode: (bytes: Uint8Array) => T | undefined
  /** Undefined: it was decoded once. */
  readonly #known = new Map<string, Known<T> | undefined>()
  #size = 0

  constructor(decode: (bytes: Uint8Array) => T | undefined) {
    this.#decode = decode
  }

  /** Undefined: the bytes are not whole, or of another format. */
  decode(key: string, bytes: Uint8Array): T | undefined {
    const known = this.#known.get(key)
    if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return known.value
    const wasSeen = known !== undefined || this.#known.has(key)
    // A copy: what a client of a store reads is often a part of something larger, which would be
    // held with it.
    const own = wasSeen && bytes.byteLength <= MAX_BYTES / 8 ? Buffer.from(bytes) : undefined
    const value = this.#decode(own ?? bytes)
    this.#put(key, own !== undefined && value !== undefined ? { bytes: own, value } : undefined)
    return value
  }

  #put(key: string, known: Known<T> | undefined): void {
    this.#forget(key)
    this.#known.set(key, known)
    this.#size += sizeOf(known)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_ENTRIES && this.#size <= MAX_BYTES) return
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    this.#size -= sizeOf(this.#known.get(key))
    this.#known.delete(key)
  }
}

function sizeOf(known: Known<unknown> | undefined): number {
  return known?.bytes.byteLength ?? 0
}
