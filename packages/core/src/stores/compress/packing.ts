import { types } from 'node:util'
import { crc32 } from 'node:zlib'
import { ValueError } from '../../errors.js'
import { bytesOf, type StoredValue } from '../stored-value.js'
import { type Format, formatOf } from './formats.js'

/**
 * 32 bits each: 'scZ1', checksum of what follows, length when decompressed; then the format (8
 * bits) and the data. No value or page begins with the same four bytes.
 */
const MAGIC = 0x73_63_5a_31
const PRELUDE = 13

/** Least bytes worth compressing. Integers are shorter, and stay countable. */
const MIN_BYTES = 1024
/** Most bytes that are compressed; an entry that claims more is not believed. */
const MAX_BYTES = 64 * 2 ** 20
/**
 * Most bytes that are compressed, or decompressed, on this thread: some 0.1 ms. Others go to the
 * thread pool.
 */
const COMPRESS_AT_ONCE = 16 * 2 ** 10
const DECOMPRESS_AT_ONCE = 128 * 2 ** 10
/** Bytes of the middle that show whether a large value can be compressed. */
const SAMPLE_BYTES = 4096

/**
 * Compresses a value, if that makes it a tenth smaller. Never rejects; throws what `encode` throws.
 */
export function pack(value: StoredValue, format: Format): StoredValue | Promise<StoredValue> {
  if (value.byteLength < MIN_BYTES || value.byteLength > MAX_BYTES) return value
  const bytes = bytesOf(value)
  const packed = (data: Uint8Array) => {
    return PRELUDE + data.length < bytes.length * 0.9 ? withPrelude(data, bytes.length, format) : bytes
  }
  if (bytes.length <= COMPRESS_AT_ONCE) return packed(format.compress(bytes))
  if (!isCompressible(bytes, format)) return bytes
  return format.compressAsync(bytes).then(packed, () => bytes)
}

/** Tries a sample: images and encoded bodies would be compressed for nothing. */
function isCompressible(bytes: Uint8Array, format: Format): boolean {
  const start = (bytes.length - SAMPLE_BYTES) >> 1
  return format.compress(bytes.subarray(start, start + SAMPLE_BYTES)).length < SAMPLE_BYTES * 0.9
}

function withPrelude(data: Uint8Array, size: number, format: Format): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(PRELUDE + data.length)
  bytes.writeUInt32BE(MAGIC, 0)
  bytes.writeUInt32BE(size, 8)
  bytes.writeUInt8(format.id, 12)
  bytes.set(data, PRELUDE)
  bytes.writeUInt32BE(crc32(bytes.subarray(8)), 4)
  return bytes
}

/**
 * Returns the value that was stored, compressed or not. A corrupt one throws when it is decoded, as
 * any damaged value does: among many read together it spoils only itself.
 */
export function unpack(value: StoredValue): StoredValue | Promise<StoredValue> {
  if (!types.isUint8Array(value) || value.length < 4) return value
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (bytes.readUInt32BE(0) !== MAGIC) return value
  if (bytes.length <= PRELUDE || crc32(bytes.subarray(8)) !== bytes.readUInt32BE(4))
    return unreadable('is not whole')
  const size = bytes.readUInt32BE(8)
  const format = formatOf(bytes[12])
  if (format === undefined) return unreadable('is in a format that this Node does not have')
  if (size > MAX_BYTES) return unreadable('is too large')
  return decompress(bytes.subarray(PRELUDE), size, format)
}

function decompress(data: Uint8Array, size: number, format: Format): StoredValue | Promise<StoredValue> {
  const whole = (bytes: Uint8Array) => (bytes.length === size ? bytes : unreadable('has another length'))
  const broken = () => unreadable('can not be decompressed')
  if (size > DECOMPRESS_AT_ONCE) return format.decompressAsync(data, size).then(whole, broken)
  try {
    return whole(format.decompress(data, size))
  } catch {
    return broken()
  }
}

function unreadable(reason: string): StoredValue {
  return {
    byteLength: 0,
    encode: () => {
      throw new ValueError(`a compressed entry ${reason}`)
    },
  }
}
