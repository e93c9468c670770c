import { createHash } from 'node:crypto'

/** Bytes of an id at most; every database can index as many. */
export const MAX_ID = 255

/** No byte of UTF-8: what follows it in an id is a digest. */
const MARK = 0xff

/** Bytes of a key that stand before the digest, so that ids keep the order of their keys. */
export const HEAD = MAX_ID - 1 - 32

/** How a key stands in the table. */
export interface EntryId {
  /** Primary key: the key's bytes or, when they are too many, the first of them and a digest of all. */
  readonly id: Buffer
  /** The key's bytes when the id has not all of them. */
  readonly fullkey: Buffer | null
}

/** A key's id: two keys never share one, and a shortened one is no other key's. */
export function entryId(key: string): EntryId {
  const bytes = keyBytes(key)
  if (bytes.length < MAX_ID) return { id: bytes, fullkey: null }
  const digest = createHash('sha256').update(bytes).digest()
  return { id: Buffer.concat([bytes.subarray(0, HEAD), Buffer.of(MARK), digest]), fullkey: bytes }
}

/** The key that stands in a row. */
export function keyFromId(id: Uint8Array, fullkey: Uint8Array | null): string {
  return Buffer.from(fullkey ?? id).toString()
}

/** Ids from `from` up to but without `to`; null: to the end. */
export interface IdRange {
  readonly from: Buffer
  readonly to: Buffer | null
  /** What a full key in the range must begin with too; null: the range says all. */
  readonly fullkey: { readonly from: Buffer; readonly to: Buffer } | null
}

/** Where the ids of those keys are that begin with a prefix. */
export function prefixRange(prefix: string): IdRange {
  const bytes = keyBytes(prefix)
  if (bytes.length === 0) return { from: bytes, to: null, fullkey: null }
  const whole = { from: bytes, to: following(bytes) }
  if (bytes.length <= HEAD) return { ...whole, fullkey: null }
  // Ids that begin with this much of the prefix, and then what tells them apart: the id itself or the full key.
  const head = bytes.subarray(0, HEAD)
  return { from: head, to: following(head), fullkey: whole }
}

/** The first bytes after all that begin with these. */
function following(bytes: Buffer): Buffer {
  // The last byte is one of UTF-8, so that there is one above it.
  const next = Buffer.from(bytes)
  next.writeUInt8(next.readUInt8(next.length - 1) + 1, next.length - 1)
  return next
}

/**
 * UTF-8; a surrogate without its other half, which UTF-8 has no bytes for, as if it had (WTF-8): otherwise all of
 * them would be the same key.
 */
function keyBytes(key: string): Buffer {
  if (!/[\ud800-\udfff]/u.test(key)) return Buffer.from(key)
  return Buffer.concat(
    Array.from(key, (character) => {
      const code = character.codePointAt(0) ?? 0
      if (code < 0xd800 || code > 0xdfff) return Buffer.from(character)
      return Buffer.of(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    }),
  )
}
