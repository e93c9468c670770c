import { crc32 } from 'node:zlib'
import { bytesOf, type Entry, type StoredValue } from '@sitecache/core/store'

/** First bytes of an entry's file; the last one is the format's version. */
const MAGIC = Buffer.from('SCF1', 'latin1')

/**
 * Bytes before the key: magic, checksum of the rest, expiry in milliseconds as a double (Infinity:
 * never), lengths of key and value. Big-endian.
 */
export const HEADER_BYTES = 4 + 4 + 8 + 4 + 4

/** The part of a header that readers use. */
export interface Header {
  /** Milliseconds since the epoch; null: never. */
  readonly expires: number | null
  readonly keyBytes: number
  readonly valueBytes: number
}

/** Encodes an entry as its file's bytes. */
export function packEntry(key: string, value: StoredValue, expires: number | null): Buffer {
  const keyBytes = Buffer.from(key)
  const valueBytes = bytesOf(value)
  const file = Buffer.allocUnsafe(HEADER_BYTES + keyBytes.length + valueBytes.length)
  MAGIC.copy(file)
  file.writeDoubleBE(expires ?? Number.POSITIVE_INFINITY, 8)
  file.writeUInt32BE(keyBytes.length, 16)
  file.writeUInt32BE(valueBytes.length, 20)
  keyBytes.copy(file, HEADER_BYTES)
  file.set(valueBytes, HEADER_BYTES + keyBytes.length)
  file.writeUInt32BE(crc32(file.subarray(8)), 4)
  return file
}

/**
 * Decodes the header from a file's first bytes.
 *
 * @returns undefined: not an entry, or cut off
 */
export function readHeader(file: Buffer): Header | undefined {
  if (file.length < HEADER_BYTES || !MAGIC.equals(file.subarray(0, 4))) return undefined
  const expires = file.readDoubleBE(8)
  if (Number.isNaN(expires)) return undefined
  return {
    expires: expires === Number.POSITIVE_INFINITY ? null : expires,
    keyBytes: file.readUInt32BE(16),
    valueBytes: file.readUInt32BE(20),
  }
}

/**
 * Decodes a whole file.
 *
 * @returns undefined unless it is whole, unchanged and of this key: a foreign or colliding file
 * must never answer for another key
 */
export function unpackEntry(file: Buffer, key: string): Entry | undefined {
  const header = readHeader(file)
  if (header === undefined || file.length !== sizeOf(header)) return undefined
  if (file.readUInt32BE(4) !== crc32(file.subarray(8))) return undefined
  const valueAt = HEADER_BYTES + header.keyBytes
  if (!Buffer.from(key).equals(file.subarray(HEADER_BYTES, valueAt))) return undefined
  return { value: file.subarray(valueAt), expires: header.expires }
}

/** Returns the size in bytes of a file with this header. */
export function sizeOf(header: Header): number {
  return HEADER_BYTES + header.keyBytes + header.valueBytes
}
