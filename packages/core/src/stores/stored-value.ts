import { types } from 'node:util'
import { ValueError } from '../errors.js'

/**
 * A value that encodes itself and never changes: a store in this process keeps the reference, a
 * remote one the bytes. Pages are such values, so that no body is copied.
 */
export interface Encodable {
  /** Total of the bytes that `encode` returns. */
  readonly byteLength: number
  /** Returns the bytes in pieces, to be written one after the other. */
  encode(): Uint8Array[]
}

/**
 * Value in a store. Bytes belong to the store as soon as they are passed to it: the caller must not
 * change them.
 */
export type StoredValue = Uint8Array | Encodable

/** Returns the bytes of a stored value, in one piece. */
export function bytesOf(value: StoredValue): Uint8Array {
  if (types.isUint8Array(value)) return value
  if (!('encode' in value)) throw new ValueError('a stored value must be bytes or have encode()')
  return Buffer.concat(value.encode())
}
