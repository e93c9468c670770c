import { bytesOf, type Entry, type StoredValue } from '@sitecache/core'
import type { Stamp } from './clear-log.js'

/** What a value of ours begins with; the last byte is the format's version. */
const MAGIC = Buffer.from([0xc5, 0x01])

/** Magic, six bytes of epoch, four of sequence, and the expiry in milliseconds as a double (Infinity: never). */
const HEADER_BYTES = 2 + 6 + 4 + 8

/** Seconds up to which memcached takes an expiry as from now on; above, as since the epoch. */
const MAX_RELATIVE = 30 * 86_400

/** The latest time that every memcached can read: it has 31 bits. */
const MAX_ABSOLUTE = 2 ** 31 - 1

/** An entry as it was read, and when it was written. */
export interface StampedEntry extends Entry {
  readonly stamp: Stamp
}

/**
 * The value that a server keeps. The expiry stands in it to the millisecond, as memcached itself counts seconds, and
 * can't be asked when something expires.
 */
export function packItem(value: StoredValue, expires: number | null, stamp: Stamp): Buffer {
  const bytes = bytesOf(value)
  const packed = Buffer.allocUnsafe(HEADER_BYTES + bytes.length)
  MAGIC.copy(packed)
  packed.write(stamp.epoch, 2, 'hex')
  packed.writeUInt32BE(stamp.sequence, 8)
  packed.writeDoubleBE(expires ?? Number.POSITIVE_INFINITY, 12)
  packed.set(bytes, HEADER_BYTES)
  return packed
}

/** Undefined for what is not ours. */
export function unpackItem(packed: Buffer): StampedEntry | undefined {
  if (packed.length < HEADER_BYTES || !MAGIC.equals(packed.subarray(0, 2))) return undefined
  const expires = packed.readDoubleBE(12)
  if (Number.isNaN(expires)) return undefined
  return {
    value: packed.subarray(HEADER_BYTES),
    expires: expires === Number.POSITIVE_INFINITY ? null : expires,
    stamp: { epoch: packed.toString('hex', 2, 8), sequence: packed.readUInt32BE(8) },
  }
}

/** Bytes that a server keeps of a value with so many. */
export function packedBytes(valueBytes: number): number {
  return HEADER_BYTES + valueBytes
}

/**
 * An expiry in memcached's seconds, never earlier than it is: its clock ticks once a second, so that an item of one
 * second may be gone at once. Relative where that is possible, so that the server's clock may differ from ours.
 */
export function memcachedExpiry(expires: number | null, now: number): number {
  if (expires === null) return 0
  const relative = Math.ceil((expires - now) / 1000) + 1
  if (relative <= MAX_RELATIVE) return relative
  const absolute = Math.ceil(expires / 1000) + 1
  // Never, by memcached; the item says when.
  return absolute <= MAX_ABSOLUTE ? absolute : 0
}
