import { types } from 'node:util'
import { crc32 } from 'node:zlib'
import { bytesOf, type Encodable, type StoredValue, StoreError } from '@sitecache/core/store'

/**
 * Bytes in front of each value but an integer: format, expiry, length and checksum. So one GET
 * returns the whole entry, and damaged or foreign bytes are recognised.
 *
 * An integer stands bare, because INCRBY counts with nothing else.
 */
export const FRONT = 20

/** Marks plain bytes, which the checksum covers. */
const BYTES = 'scB1'
/** Marks an Encodable, which checks itself: a page of 20 KB is not summed twice. */
const ENCODED = 'scE1'

/** Offset of the expiry, for the script that changes it in place. */
export const EXPIRES_AT = 4
/** Start of both formats, by which scripts tell them from integers. */
export const MAGIC_START = 'sc'

const LENGTH_AT = 12
const CHECKSUM_AT = 16

/** Length of the longest safe integer with its sign. */
const MAX_INTEGER = 17

/** A decoded entry; `expires` is undefined for an integer, whose expiry only Redis knows. */
export interface StoredEntry {
  readonly value: StoredValue
  readonly expires: number | null | undefined
}

/**
 * Encodes an entry as Redis keeps it.
 *
 * @param expires milliseconds since the epoch; null: never
 */
export function encodeEntry(value: StoredValue, expires: number | null): Buffer {
  if (types.isUint8Array(value) || value.byteLength <= MAX_INTEGER) {
    const bytes = bytesOf(value)
    if (isInteger(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return Buffer.concat([frontOf(BYTES, expires, bytes.byteLength, crc32(bytes)), bytes])
  }
  const pieces = value.encode()
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0)
  return Buffer.concat([frontOf(ENCODED, expires, length, 0), ...pieces], FRONT + length)
}

/** Decodes an entry. One that is damaged or of another format throws when its value is used. */
export function decodeEntry(bytes: Buffer): StoredEntry {
  if (isInteger(bytes)) return { value: bytes, expires: undefined }
  return readFront(bytes) ?? UNREADABLE
}

/** Encodes an expiry as the eight bytes that stand in an entry. */
export function encodeExpiry(expires: number | null): Buffer {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeDoubleBE(expires ?? Number.POSITIVE_INFINITY)
  return bytes
}

function frontOf(magic: string, expires: number | null, length: number, checksum: number): Buffer {
  const front = Buffer.allocUnsafe(FRONT)
  front.write(magic, 0, 'latin1')
  front.writeDoubleBE(expires ?? Number.POSITIVE_INFINITY, EXPIRES_AT)
  front.writeUInt32BE(length, LENGTH_AT)
  front.writeUInt32BE(checksum, CHECKSUM_AT)
  return front
}

function readFront(bytes: Buffer): StoredEntry | undefined {
  if (bytes.length < FRONT || bytes.readUInt32BE(LENGTH_AT) !== bytes.length - FRONT) return undefined
  const magic = bytes.toString('latin1', 0, 4)
  const expires = bytes.readDoubleBE(EXPIRES_AT)
  const value = bytes.subarray(FRONT)
  if (magic === BYTES) {
    if (crc32(value) !== bytes.readUInt32BE(CHECKSUM_AT)) return undefined
  } else if (magic !== ENCODED) return undefined
  if (!(expires > 0)) return undefined
  return { value, expires: expires === Number.POSITIVE_INFINITY ? null : expires }
}

/** Tells ASCII decimals of a safe integer as INCRBY takes them: no plus, no leading zero. */
function isInteger(bytes: Uint8Array): boolean {
  const { length } = bytes
  const first = bytes[0]
  if (first === undefined || length > MAX_INTEGER || first > 0x39 || first < 0x2d) return false
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1')
  return /^(0|-?[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))
}

/**
 * A value that can't be read. An entry and not a rejection: the other keys of a batch are hits, and
 * a damaged entry does not open the circuit.
 */
class Unreadable implements Encodable {
  readonly byteLength = 0
  readonly #why: () => StoreError

  constructor(why: () => StoreError) {
    this.#why = why
  }

  encode(): never {
    throw this.#why()
  }
}

/** Returns what stands for a value that can't be read, for this reason. */
export function unreadable(why: () => StoreError): { readonly value: StoredValue; readonly expires: null } {
  return { value: new Unreadable(why), expires: null }
}

const UNREADABLE: StoredEntry = unreadable(
  () =>
    new StoreError(
      'an entry in Redis is damaged, or was not written by this version of sitecache: it is a miss until it is ' +
        'set again',
    ),
)
