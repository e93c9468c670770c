import { types } from 'node:util'
import { crc32 } from 'node:zlib'
import { bytesOf, type Encodable, type StoredValue, StoreError } from '@sitecache/core/store'

/**
 * In front of each value but an integer: what it is, when it expires, its length and checksum. So one GET answers all
 * that an entry is, and what is damaged, or not ours, is seen to be.
 *
 * An integer stands bare, because Redis counts with nothing else.
 */
export const FRONT = 20

/** Bytes, covered by the checksum. */
const BYTES = 'scB1'
/** What encoded itself, and is trusted to know whether it is whole: a page of 20 KB is not summed twice. */
const ENCODED = 'scE1'

/** Where the expiry stands, for the script that changes it in place. */
export const EXPIRES_AT = 4
/** Both formats begin so; the script tells them by it from integers. */
export const MAGIC_START = 'sc'

const LENGTH_AT = 12
const CHECKSUM_AT = 16

/** Digits and sign of the longest safe integer. */
const MAX_INTEGER = 17

/** An entry as it is read; an expiry that is undefined stands beside the value in Redis, not in it. */
export interface StoredEntry {
  readonly value: StoredValue
  readonly expires: number | null | undefined
}

/** What Redis keeps for a value. @param expires milliseconds since the epoch; null: never */
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

/** The entry that Redis kept. One that is damaged, or was not written by this format, throws when its value is used. */
export function decodeEntry(bytes: Buffer): StoredEntry {
  if (isInteger(bytes)) return { value: bytes, expires: undefined }
  return readFront(bytes) ?? UNREADABLE
}

/** The eight bytes of an expiry, as they stand in an entry. */
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

/** ASCII decimals of a safe integer, as INCRBY takes them: no plus, no zero in front. */
function isInteger(bytes: Uint8Array): boolean {
  const { length } = bytes
  const first = bytes[0]
  if (first === undefined || length > MAX_INTEGER || first > 0x39 || first < 0x2d) return false
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1')
  return /^(0|-?[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))
}

/**
 * A value that can't be read. An entry of its own and no rejection: of a hundred keys read at once the others are hits,
 * and a damaged entry does not make the store count as down.
 */
class Unreadable implements Encodable {
  readonly byteLength = 0

  encode(): never {
    throw new StoreError(
      'an entry in Redis is damaged, or was not written by this version of sitecache: it is a miss until it is ' +
        'set again',
    )
  }
}

const UNREADABLE: StoredEntry = { value: new Unreadable(), expires: null }
