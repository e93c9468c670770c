import { types } from 'node:util'
import { ValueError } from '../errors.js'

/**
 * A value that knows its own encoding and never changes: a store in this process keeps the reference,
 * a remote one its bytes. Pages are such values, so that no body is copied.
 */
export interface Encodable {
  /** Bytes that `encode` answers, together. */
  readonly byteLength: number
  /** The value as bytes, in pieces that a store may write one after the other. */
  encode(): Uint8Array[]
}

/** What a store keeps. Bytes belong to the store from the moment that it is given them: nobody changes them. */
export type StoredValue = Uint8Array | Encodable

/** The bytes of a stored value, in one piece. */
export function bytesOf(value: StoredValue): Uint8Array {
  if (types.isUint8Array(value)) return value
  if (!('encode' in value)) throw new ValueError('a stored value must be bytes or have encode()')
  return Buffer.concat(value.encode())
}
