import { bytesOf, type Entry, type StoredValue } from '@sitecache/core/store'
import type { Stamp } from './clear-log.js'

/** First bytes of an entry's value; the last one is the format's version. */
const MAGIC = Buffer.from([0xc5, 0x01])

/**
 * Magic, six bytes of epoch, four of sequence, and the expiry in milliseconds as a double
 * (Infinity: never).
 */
const HEADER_BYTES = 2 + 6 + 4 + 8

/** Seconds up to which memcached counts an expiry from now; above, since the epoch. */
const MAX_RELATIVE = 30 * 86_400

/** The latest time that every memcached can read: 31 bits. */
const MAX_ABSOLUTE = 2 ** 31 - 1

/** An entry with the stamp under which it was written. */
export interface StampedEntry extends Entry {
  readonly stamp: Stamp
}

/**
 * Encodes an entry as an item. The expiry stands in it to the millisecond, as memcached counts
 * seconds and can't be asked for it.
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

/**
 * Decodes an item.
 *
 * @returns undefined: it is foreign
 */
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

/** Returns the item size in bytes of a value of this size. */
export function packedBytes(valueBytes: number): number {
  return HEADER_BYTES + valueBytes
}

/**
 * Returns an expiry in memcached's seconds, never too early: its clock ticks once a second, so that
 * an item of one second may be gone at once. Relative where possible, so that the server's clock
 * may differ.
 */
export function memcachedExpiry(expires: number | null, now: number): number {
  if (expires === null) return 0
  const relative = Math.ceil((expires - now) / 1000) + 1
  if (relative <= MAX_RELATIVE) return relative
  const absolute = Math.ceil(expires / 1000) + 1
  // Memcached never expires it; the expiry in the item decides.
  return absolute <= MAX_ABSOLUTE ? absolute : 0
}
