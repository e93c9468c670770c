import { createHash } from 'node:crypto'
import { keyBytes } from '@sitecache/core/store'

/** Most bytes of an id; every database can index as many. */
export const MAX_ID = 255

/** Byte before the digest in an id; UTF-8 has no such byte. */
const MARK = 0xff

/** Bytes of a key before the digest, so that ids keep the order of their keys. */
export const HEAD = MAX_ID - 1 - 32

/** A key's form in the table. */
export interface EntryId {
  /** Primary key: the key's bytes or, if too many, the first of them and a digest of all. */
  readonly id: Buffer
  /** The key's bytes, if the id does not hold all of them. */
  readonly fullkey: Buffer | null
}

/** Returns a key's id, which no other key has. */
export function entryId(key: string): EntryId {
  const bytes = keyBytes(key)
  if (bytes.length < MAX_ID) return { id: bytes, fullkey: null }
  const digest = createHash('sha256').update(bytes).digest()
  return { id: Buffer.concat([bytes.subarray(0, HEAD), Buffer.of(MARK), digest]), fullkey: bytes }
}

/** Returns the key of a row. */
export function keyFromId(id: Uint8Array, fullkey: Uint8Array | null): string {
  return Buffer.from(fullkey ?? id).toString()
}

/** A range of ids; `to` is excluded, null is the end. */
export interface IdRange {
  readonly from: Buffer
  readonly to: Buffer | null
  /** Range of full keys within it; null: all. */
  readonly fullkey: { readonly from: Buffer; readonly to: Buffer } | null
}

/** Returns the range of the ids of keys that begin with a prefix. */
export function prefixRange(prefix: string): IdRange {
  const bytes = keyBytes(prefix)
  if (bytes.length === 0) return { from: bytes, to: null, fullkey: null }
  const whole = { from: bytes, to: following(bytes) }
  if (bytes.length <= HEAD) return { ...whole, fullkey: null }
  // The ids begin with this much of the prefix; the id itself or the full key tells the rest.
  const head = bytes.subarray(0, HEAD)
  return { from: head, to: following(head), fullkey: whole }
}

/** Returns the first bytes after all that begin with these. */
function following(bytes: Buffer): Buffer {
  // The last byte is one of UTF-8, hence never 0xff.
  const next = Buffer.from(bytes)
  next.writeUInt8(next.readUInt8(next.length - 1) + 1, next.length - 1)
  return next
}
