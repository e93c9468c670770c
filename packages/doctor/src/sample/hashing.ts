import { createHash, hash, randomBytes } from 'node:crypto'

/**
 * Salt of this process: hashes can't be compared with those of another, nor looked up in a table.
 */
const salt = randomBytes(16).toString('latin1')

/** Returns 32 bits of a salted hash; never 0, which stands for what is not known. */
export function hashOf(text: string): number {
  return numberOf(hash('sha1', salt + text, 'buffer'))
}

/** Returns a function that hashes, and knows the last hash: for texts that change seldom. */
export function rememberedHash(): (text: string) => number {
  let last = { text: '', hash: hashOf('') }
  return (text) => {
    if (text !== last.text) last = { text, hash: hashOf(text) }
    return last.hash
  }
}

/** Hash of bytes that come one after the other. */
export class RunningHash {
  readonly #hash = createHash('sha1').update(salt)

  add(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  /** To be called once. */
  end(): number {
    return numberOf(this.#hash.digest())
  }
}

function numberOf(digest: Buffer): number {
  return digest.readUInt32LE(0) || 1
}
