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
  /**
   * Returns what an equal value is made of again, without copies. Absent: a store in this process
   * can only keep the reference. A store in this process that has it may keep these parts instead,
   * so that its entries cost the garbage collector nothing.
   */
  parts?(): ValueParts
}

/** Text and body of a value, and how to make it again of them. */
export interface ValueParts {
  /** Characters up to U+00FF. */
  readonly head: string
  readonly body: Uint8Array
  /**
   * Makes an equal value. The same function for all values of a kind.
   *
   * @param body memory of the store, which nobody may change
   */
  readonly restore: (head: string, body: Buffer) => Encodable
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
