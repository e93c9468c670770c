import { randomBytes } from 'node:crypto'

/** Position in the log at which an entry was written. */
export interface Stamp {
  /** Six random bytes in hexadecimal; entries of another epoch are gone. */
  readonly epoch: string
  readonly sequence: number
}

/** A cleared prefix: entries written before this sequence are gone. */
interface Clear {
  readonly prefix: string
  readonly sequence: number
}

const MAGIC = Buffer.from([0xc5, 0x4c, 0x01])
const HEADER_BYTES = 3 + 6 + 4 + 2

/** Bounds of the log, since it is read with every entry. */
const MAX_CLEARS = 256
const MAX_BYTES = 16 * 1024

/**
 * The prefixes that were cleared on a server, so that clearing costs the same for any number of
 * entries.
 *
 * Memcached can't list its keys. So each entry carries the sequence at which it was written, and
 * the log, an item on the same server that is read together with each entry, tells which prefixes
 * were cleared at which sequence. All processes see a clear at once. A server that has lost its
 * log, after a restart or for lack of memory, has no entries: its clears are unknown.
 */
export class ClearLog {
  readonly stamp: Stamp
  readonly #clears: readonly Clear[]

  private constructor(stamp: Stamp, clears: readonly Clear[]) {
    this.stamp = stamp
    this.#clears = clears
  }

  /** Creates the log of a new epoch, in which all older entries are gone. */
  static create(): ClearLog {
    return new ClearLog({ epoch: randomBytes(6).toString('hex'), sequence: 0 }, [])
  }

  /** Returns whether an entry with this stamp is still live. */
  has(key: string, { epoch, sequence }: Stamp): boolean {
    if (epoch !== this.stamp.epoch) return false
    return !this.#clears.some((clear) => sequence < clear.sequence && key.startsWith(clear.prefix))
  }

  /** Returns the log after clearing a prefix. */
  clear(prefix: string): ClearLog {
    const sequence = this.stamp.sequence + 1
    const others = this.#clears.filter((clear) => !clear.prefix.startsWith(prefix))
    const next = new ClearLog({ ...this.stamp, sequence }, [...others, { prefix, sequence }])
    const isFull = next.#clears.length > MAX_CLEARS || next.encode().length > MAX_BYTES || sequence >= 2 ** 32
    return prefix === '' || isFull ? ClearLog.create() : next
  }

  encode(): Buffer {
    const header = Buffer.alloc(HEADER_BYTES)
    MAGIC.copy(header)
    header.write(this.stamp.epoch, 3, 'hex')
    header.writeUInt32BE(this.stamp.sequence, 9)
    header.writeUInt16BE(this.#clears.length, 13)
    return Buffer.concat([header, ...this.#clears.map(encodeClear)])
  }

  /**
   * Decodes a log.
   *
   * @returns undefined: the bytes are none
   */
  static decode(bytes: Buffer): ClearLog | undefined {
    if (bytes.length < HEADER_BYTES || !MAGIC.equals(bytes.subarray(0, 3))) return undefined
    const stamp = { epoch: bytes.toString('hex', 3, 9), sequence: bytes.readUInt32BE(9) }
    const clears: Clear[] = []
    let at = HEADER_BYTES
    for (let left = bytes.readUInt16BE(13); left > 0; left -= 1) {
      if (at + 6 > bytes.length) return undefined
      const end = at + 6 + bytes.readUInt16BE(at + 4)
      if (end > bytes.length) return undefined
      clears.push({ prefix: bytes.toString('utf8', at + 6, end), sequence: bytes.readUInt32BE(at) })
      at = end
    }
    return at === bytes.length ? new ClearLog(stamp, clears) : undefined
  }
}

function encodeClear({ prefix, sequence }: Clear): Buffer {
  const text = Buffer.from(prefix)
  const head = Buffer.alloc(6)
  head.writeUInt32BE(sequence)
  // Longer prefixes don't get here, since the log would be full.
  head.writeUInt16BE(Math.min(text.length, 0xffff), 4)
  return Buffer.concat([head, text])
}
