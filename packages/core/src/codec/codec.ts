import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack'
import { ValueError } from '../errors.js'
import { readInteger, writeInteger } from '../stores/integer.js'
import { ExtendedValue, LongText } from './extended-value.js'
import { MAX_DEPTH, packable } from './packable.js'

/** Turns values into bytes and back; `codec` of a cache's settings. */
export interface Codec {
  /** @throws ValueError for a value that can't be stored. */
  encode(value: unknown): Uint8Array
  /** Throws for bytes that it can't read, which the cache counts as a miss. */
  decode(bytes: Uint8Array): unknown
}

/** First byte of packed values: no digit or minus sign, so that integers stay distinct. */
const PACKED = 0x01

/** Types of MessagePack's extensions. */
const EXTENDED = 0x4f
const BUFFER = 0x50
const TEXT = 0x51

const extensionCodec = new ExtensionCodec()
extensionCodec.register({
  type: EXTENDED,
  encode: (value) => (value instanceof ExtendedValue ? pack([value.kind, value.data]) : null),
  decode: (bytes) => {
    const [kind, data] = listOf(unpack(bytes))
    return ExtendedValue.revive(kind, data)
  },
})
// Not MessagePack's own binary type: it is read as a view of the bytes that are decoded.
extensionCodec.register({
  type: BUFFER,
  encode: (value) => (Buffer.isBuffer(value) ? value : null),
  decode: (bytes) => Buffer.from(bytes),
})
extensionCodec.register({
  type: TEXT,
  encode: (value) => (value instanceof LongText ? Buffer.from(value.text) : null),
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(),
})

const encoder = new Encoder({ extensionCodec, maxDepth: MAX_DEPTH + 1 })

function pack(value: unknown): Uint8Array {
  return encoder.encode(value)
}

/** Bytes can't hold more items than there are of them, whatever they say. */
function unpack(bytes: Uint8Array): unknown {
  const most = bytes.length
  const limits = { maxArrayLength: most, maxMapLength: most, maxStrLength: most, maxBinLength: most }
  return new Decoder({ extensionCodec, ...limits, maxExtLength: most }).decode(bytes)
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new ValueError('the stored bytes are not a value of sitecache')
}

/**
 * The default codec: safe integers as ASCII decimals, so that remote stores can count with them,
 * and all else as MessagePack behind a marker byte. A decoded value equals the encoded one.
 */
export const msgpackCodec: Codec = {
  encode(value) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0))
      return writeInteger(value)
    const packed = pack(packable(value))
    const bytes = Buffer.allocUnsafeSlow(packed.length + 1)
    bytes[0] = PACKED
    bytes.set(packed, 1)
    return bytes
  },

  decode(bytes) {
    if (bytes[0] === PACKED) return unpack(bytes.subarray(1))
    const number = readInteger(bytes)
    if (number === undefined) throw new ValueError('the stored bytes are not a value of sitecache')
    return number
  },
}
