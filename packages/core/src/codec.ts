import { addExtension, Packr } from 'msgpackr'
import { ValueError } from './errors.js'
import { readInteger, writeInteger } from './integer.js'
import { Odd } from './odd.js'
import { packable } from './packable.js'

/** Turns values into bytes and back; `codec` of a cache's settings. */
export interface Codec {
  /** @throws ValueError for what can't be stored. */
  encode(value: unknown): Uint8Array
  /** Throws for bytes that it can't read; the cache makes a miss of it. */
  decode(bytes: Uint8Array): unknown
}

/** The first byte of what this codec packs; never a digit or minus sign, so that integers stay apart. */
const PACKED = 0x01

addExtension({
  Class: Odd,
  type: 0x4f,
  write: (odd: Odd) => [odd.kind, odd.data],
  read: ([kind, data]: [unknown, unknown]) => Odd.revive(kind, data),
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
 * The default codec: safe integers as ASCII decimals, so that remote stores can count with them, and the rest as
 * MessagePack behind a marker byte. What comes back equals what went in.
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

/** Views bytes as a Buffer: msgpackr gives the Buffers in a value the class of the bytes it reads from. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
