import { crc32 } from 'node:zlib'
import { bytesOf, type Entry, type StoredValue } from '@sitecache/core/store'

/** What a file of ours begins with; the last character is the format's version. */
const MAGIC = Buffer.from('SCF1', 'latin1')

/**
 * Before the key: the magic, the checksum of all that comes behind it, the expiry in milliseconds as a double (Infinity:
 * never), the bytes of the key and those of the value. Big-endian.
 */
export const HEADER_BYTES = 4 + 4 + 8 + 4 + 4

/** The part of a header that a reader needs before it reads on. */
export interface Header {
  /** Milliseconds since the epoch; null: never. */
  readonly expires: number | null
  readonly keyBytes: number
  readonly valueBytes: number
}

/** The bytes of an entry's file. */
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

/** The header of a file's first bytes; undefined: not one of ours, or cut off. */
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
 * The entry of a whole file; undefined unless it is whole, unchanged and of this key: two keys of one hash, or a file that
 * was put there, must never answer for another.
 */
export function unpackEntry(file: Buffer, key: string): Entry | undefined {
  const header = readHeader(file)
  if (header === undefined || file.length !== sizeOf(header)) return undefined
  if (file.readUInt32BE(4) !== crc32(file.subarray(8))) return undefined
  const valueAt = HEADER_BYTES + header.keyBytes
  if (!Buffer.from(key).equals(file.subarray(HEADER_BYTES, valueAt))) return undefined
  return { value: file.subarray(valueAt), expires: header.expires }
}

/** Bytes that a file with this header has. */
export function sizeOf(header: Header): number {
  return HEADER_BYTES + header.keyBytes + header.valueBytes
}
