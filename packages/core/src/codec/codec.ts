import { addExtension, Packr } from 'msgpackr'
import { ValueError } from '../errors.js'
import { readInteger, writeInteger } from '../stores/integer.js'
import { ExtendedValue } from './extended-value.js'
import { packable } from './packable.js'

/** Turns values into bytes and back; `codec` of a cache's settings. */
export interface Codec {
  /** @throws ValueError for a value that can't be stored. */
  encode(value: unknown): Uint8Array
  /** Throws for bytes that it can't read, which the cache counts as a miss. */
  decode(bytes: Uint8Array): unknown
}

/** First byte of packed values: no digit or minus sign, so that integers stay distinct. */
const PACKED = 0x01

addExtension({
  Class: ExtendedValue,
  type: 0x4f,
  write: (value: ExtendedValue) => [value.kind, value.data],
  read: ([kind, data]: [unknown, unknown]) => ExtendedValue.revive(kind, data),
})

// No records: their shapes are kept across calls, and keys of dictionaries would fill memory.
const packr = new Packr({
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'bigint',
  useBigIntExtension: true,
  copyBuffers: true,
})

/**
 * The default codec: safe integers as ASCII decimals, so that remote stores can count with them,
 * and all else as MessagePack behind a marker byte. A decoded value equals the encoded one.
 */
export const msgpackCodec: Codec = {
  encode(value) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0))
      return writeInteger(value)
    const packed = packr.pack(packable(value))
    const bytes = Buffer.allocUnsafeSlow(packed.length + 1)
    bytes[0] = PACKED
    bytes.set(packed, 1)
    return bytes
  },

  decode(bytes) {
    if (bytes[0] === PACKED) return packr.unpack(asBuffer(bytes).subarray(1))
    const number = readInteger(bytes)
    if (number === undefined) throw new ValueError('the stored bytes are not a value of sitecache')
    return number
  },
}

/**
 * Views bytes as a Buffer: msgpackr gives the Buffers in a value the class of the bytes that it
 * reads.
 */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
