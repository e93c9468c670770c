import type { Segment } from './segment.js'

/**
 * Layout of an entry in a segment: a fixed part of 32 bytes, the key, the head and the body. Only
 * the fixed part ever changes.
 */
const HASH = 0
const KEY_BYTES = 4
const HEAD_BYTES = 8
const BODY_BYTES = 12
const EXPIRES = 16
const KIND = 24
const HITS = 25
const FLAGS = 26
/** Bytes of the fixed part. */
const FIXED = 32

const LIVE = 1
const WIDE_KEY = 2
const RECENT = 4

/** Kinds of values; those from `FIRST_RESTORED` on are made again of a head and a body. */
export const BYTES = 0
export const REFERENCE = 1
export const FIRST_RESTORED = 2
export const LAST_KIND = 255

/** Hits that are counted at most. */
export const MAX_HITS = 3

const notLatin1 = /[^\0-\u00ff]/

/** An entry that is to be written. */
export interface EntryText {
  readonly hash: number
  readonly key: string
  readonly kind: number
  readonly head: string
  readonly body: Uint8Array
  readonly expires: number | null
}

/** Returns the bytes of an entry, up to the place of the next. */
export function entryBytes(key: string, head: string, body: Uint8Array): number {
  const keyBytes = notLatin1.test(key) ? key.length * 2 : key.length
  return align(FIXED + keyBytes + head.length + body.byteLength)
}

/** Writes an entry behind the last one of a segment; returns its offset. */
export function writeEntry(segment: Segment, entry: EntryText, size: number, hits: number): number {
  const { bytes, used: at } = segment
  const { hash, key, head, body, expires } = entry
  const isWide = notLatin1.test(key)
  const keyBytes = isWide ? key.length * 2 : key.length
  bytes.writeInt32LE(hash, at + HASH)
  bytes.writeUInt32LE(keyBytes, at + KEY_BYTES)
  bytes.writeUInt32LE(head.length, at + HEAD_BYTES)
  bytes.writeUInt32LE(body.byteLength, at + BODY_BYTES)
  bytes.writeDoubleLE(expires ?? Number.POSITIVE_INFINITY, at + EXPIRES)
  bytes[at + KIND] = entry.kind
  bytes[at + HITS] = hits
  bytes[at + FLAGS] = isWide ? LIVE | WIDE_KEY : LIVE
  bytes.write(key, at + FIXED, isWide ? 'utf16le' : 'latin1')
  if (head !== '') bytes.write(head, at + FIXED + keyBytes, 'latin1')
  bytes.set(body, at + FIXED + keyBytes + head.length)
  segment.append(size)
  return at
}

/** Copies an entry behind the last one of another segment; returns its offset there. */
export function copyEntry(from: Segment, offset: number, to: Segment, hits: number): number {
  const at = to.used
  const size = sizeAt(from, offset)
  from.bytes.copy(to.bytes, at, offset, offset + size)
  to.bytes[at + HITS] = hits
  to.bytes[at + FLAGS] = (to.bytes[at + FLAGS] ?? 0) & ~RECENT
  to.append(size)
  return at
}

export function sizeAt({ bytes }: Segment, at: number): number {
  const head = bytes.readUInt32LE(at + HEAD_BYTES)
  return align(FIXED + bytes.readUInt32LE(at + KEY_BYTES) + head + bytes.readUInt32LE(at + BODY_BYTES))
}

export function hashAt({ bytes }: Segment, at: number): number {
  return bytes.readInt32LE(at + HASH)
}

export function kindAt({ bytes }: Segment, at: number): number {
  return bytes[at + KIND] ?? 0
}

export function hitsAt({ bytes }: Segment, at: number): number {
  return bytes[at + HITS] ?? 0
}

export function setHits({ bytes }: Segment, at: number, hits: number): void {
  bytes[at + HITS] = hits
}

/** In milliseconds since the epoch; Infinity: never. */
export function expiresAt({ bytes }: Segment, at: number): number {
  return bytes.readDoubleLE(at + EXPIRES)
}

export function setExpires({ bytes }: Segment, at: number, expires: number | null): void {
  bytes.writeDoubleLE(expires ?? Number.POSITIVE_INFINITY, at + EXPIRES)
}

export function isLiveAt({ bytes }: Segment, at: number): boolean {
  return ((bytes[at + FLAGS] ?? 0) & LIVE) !== 0
}

/** Marks an entry as deleted or replaced. */
export function killAt({ bytes }: Segment, at: number): void {
  bytes[at + FLAGS] = (bytes[at + FLAGS] ?? 0) & ~LIVE
}

/** Whether it is among the recent entries, or was. */
export function isRecentAt({ bytes }: Segment, at: number): boolean {
  return ((bytes[at + FLAGS] ?? 0) & RECENT) !== 0
}

export function markRecent({ bytes }: Segment, at: number): void {
  bytes[at + FLAGS] = (bytes[at + FLAGS] ?? 0) | RECENT
}

export function keyAt({ bytes }: Segment, at: number): string {
  const end = at + FIXED + bytes.readUInt32LE(at + KEY_BYTES)
  return bytes.toString(isWideAt(bytes, at) ? 'utf16le' : 'latin1', at + FIXED, end)
}

export function hasKeyAt(segment: Segment, at: number, key: string): boolean {
  const { bytes } = segment
  if (isWideAt(bytes, at)) return keyAt(segment, at) === key
  if (bytes.readUInt32LE(at + KEY_BYTES) !== key.length) return false
  // From the end: keys of a cache begin alike.
  for (let i = key.length - 1; i >= 0; i--) if (bytes[at + FIXED + i] !== key.charCodeAt(i)) return false
  return true
}

export function headAt({ bytes }: Segment, at: number): string {
  const start = at + FIXED + bytes.readUInt32LE(at + KEY_BYTES)
  return bytes.toString('latin1', start, start + bytes.readUInt32LE(at + HEAD_BYTES))
}

export function bodyLengthAt({ bytes }: Segment, at: number): number {
  return bytes.readUInt32LE(at + BODY_BYTES)
}

/** Returns a view of the body. */
export function bodyAt({ bytes }: Segment, at: number): Buffer {
  const start = bodyStart(bytes, at)
  return bytes.subarray(start, start + bytes.readUInt32LE(at + BODY_BYTES))
}

/** Returns a copy of the body. */
export function copyBodyAt({ bytes }: Segment, at: number): Buffer {
  const start = bodyStart(bytes, at)
  const length = bytes.readUInt32LE(at + BODY_BYTES)
  const copy = Buffer.allocUnsafe(length)
  bytes.copy(copy, 0, start, start + length)
  return copy
}

function bodyStart(bytes: Buffer, at: number): number {
  return at + FIXED + bytes.readUInt32LE(at + KEY_BYTES) + bytes.readUInt32LE(at + HEAD_BYTES)
}

function isWideAt(bytes: Buffer, at: number): boolean {
  return ((bytes[at + FLAGS] ?? 0) & WIDE_KEY) !== 0
}

function align(size: number): number {
  return (size + 7) & ~7
}
