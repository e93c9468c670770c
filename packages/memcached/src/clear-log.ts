import { randomBytes } from 'node:crypto'

/** When an entry was written, by the count of clears of its server. */
export interface Stamp {
  /** Six random bytes, in hexadecimal: everything of another epoch is gone. */
  readonly epoch: string
  readonly sequence: number
}

/** What was cleared, and before which sequence. */
interface Clear {
  readonly prefix: string
  readonly sequence: number
}

const MAGIC = Buffer.from([0xc5, 0x4c, 0x01])
const HEADER_BYTES = 3 + 6 + 4 + 2

/** It is read with every entry; more prefixes than that are no longer kept apart. */
const MAX_CLEARS = 256
const MAX_BYTES = 16 * 1024

/**
 * What was cleared on a server, so that clearing costs the same however many entries there are.
 *
 * Memcached can't list its keys. So an entry carries the sequence at which it was written, and the ledger, an item of the
 * same server that is read together with each entry, says of which prefixes what was written before which sequence
 * is gone. All processes see a clear at once. A server without its ledger, having been restarted or being out of memory, has
 * no entries: it can't be known what was cleared.
 */
export class ClearLog {
  readonly stamp: Stamp
  readonly #clears: readonly Clear[]

  private constructor(stamp: Stamp, clears: readonly Clear[]) {
    this.stamp = stamp
    this.#clears = clears
  }

  /** Of a new epoch: what any other wrote is gone. */
  static create(): ClearLog {
    return new ClearLog({ epoch: randomBytes(6).toString('hex'), sequence: 0 }, [])
  }

  /** Whether an entry that was written then is still there. */
  has(key: string, { epoch, sequence }: Stamp): boolean {
    if (epoch !== this.stamp.epoch) return false
    return !this.#clears.some((clear) => sequence < clear.sequence && key.startsWith(clear.prefix))
  }

  /** The ledger after clearing a prefix. */
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

  /** Undefined for what is not one. */
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
  // Longer ones do not get here: the ledger would be full.
  head.writeUInt16BE(Math.min(text.length, 0xffff), 4)
  return Buffer.concat([head, text])
}
