import { crc32 } from 'node:zlib'
import { ValueError } from '../errors.js'
import { MAX_TAG_LENGTH } from '../tags/check-tags.js'
import { MAX_TAGS } from '../tags/tag-names.js'

/** Header in front of a value that has tags, or that may be served stale. */
export interface ValueHeader {
  /** Decoded on first use: most hits need not look at them. */
  readonly tags: readonly string[]
  readonly hasTags: boolean
  /**
   * The epoch of the tags that was read before the value began to be computed; 0: there was none.
   */
  readonly since: number
  /** Milliseconds for which it is stale before it expires: relative, so that `touch` moves both. */
  readonly staleMs: number
  /** Milliseconds that it took to compute; 0: not measured. */
  readonly computeMs: number
}

/** Header to be written. */
export type NewHeader = Omit<ValueHeader, 'hasTags'>

/** Bytes of a value, apart from their header. */
export interface Unsealed {
  readonly header: ValueHeader | undefined
  readonly body: Uint8Array
}

/** 'scV1': what the default codec writes begins with a digit, a minus sign or 0x01. */
const MAGIC = 0x73_63_56_31
/**
 * Magic, checksum of the rest of the header, its length: 32 bits each; then three doubles, and each
 * tag with its length.
 */
const FIXED = 36
const MAX_HEADER = FIXED + MAX_TAGS * (2 + MAX_TAG_LENGTH * 3)

/**
 * Puts a header in front of a value's bytes; without one, only where the bytes look as if they had
 * one.
 */
export function seal(body: Uint8Array, header?: NewHeader): Uint8Array {
  if (header === undefined && !hasMagic(body)) return body
  const { tags, since, staleMs, computeMs } = header ?? NOTHING
  const names = tags.map((tag) => Buffer.from(tag))
  const length = names.reduce((sum, name) => sum + 2 + name.length, FIXED)
  const bytes = Buffer.allocUnsafeSlow(length + body.length)
  bytes.writeUInt32BE(MAGIC, 0)
  bytes.writeUInt32BE(length, 8)
  bytes.writeDoubleBE(since, 12)
  bytes.writeDoubleBE(staleMs, 20)
  bytes.writeDoubleBE(computeMs, 28)
  let at = FIXED
  for (const name of names) {
    bytes.writeUInt16BE(name.length, at)
    bytes.set(name, at + 2)
    at += 2 + name.length
  }
  bytes.writeUInt32BE(crc32(bytes.subarray(8, length)), 4)
  bytes.set(body, length)
  return bytes
}

const NOTHING = { tags: [], since: 0, staleMs: 0, computeMs: 0 }

/**
 * Takes the header off a value's bytes, if there is one.
 *
 * @throws ValueError when the header is damaged.
 */
export function unseal(bytes: Uint8Array): Unsealed {
  if (!hasMagic(bytes)) return { header: undefined, body: bytes }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = buffer.length < FIXED ? 0 : buffer.readUInt32BE(8)
  if (length < FIXED || length > Math.min(MAX_HEADER, buffer.length)) throw unreadable()
  if (crc32(buffer.subarray(8, length)) !== buffer.readUInt32BE(4)) throw unreadable()
  const header = new StoredHeader(buffer.subarray(0, length))
  if (!(header.staleMs >= 0 && header.computeMs >= 0)) throw unreadable()
  return { header, body: bytes.subarray(length) }
}

class StoredHeader implements ValueHeader {
  readonly #bytes: Buffer
  readonly hasTags: boolean
  readonly since: number
  readonly staleMs: number
  readonly computeMs: number
  #tags: readonly string[] | undefined

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.hasTags = bytes.length > FIXED
    this.since = bytes.readDoubleBE(12)
    this.staleMs = bytes.readDoubleBE(20)
    this.computeMs = bytes.readDoubleBE(28)
  }

  /**
   * @throws ValueError when they can't be read: the checksum only proves that they are as they were
   * written.
   */
  get tags(): readonly string[] {
    this.#tags ??= readTags(this.#bytes.subarray(FIXED))
    return this.#tags
  }
}

function readTags(bytes: Buffer): string[] {
  const tags: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 <= bytes.length ? at + 2 + bytes.readUInt16BE(at) : Number.POSITIVE_INFINITY
    const tag = end <= bytes.length ? bytes.toString('utf8', at + 2, end) : undefined
    if (tag === undefined || tag === '' || tag.length > MAX_TAG_LENGTH || tags.length >= MAX_TAGS)
      throw unreadable()
    tags.push(tag)
    at = end
  }
  return tags
}

function hasMagic(bytes: Uint8Array): boolean {
  return bytes[0] === 0x73 && bytes[1] === 0x63 && bytes[2] === 0x56 && bytes[3] === 0x31
}

function unreadable(): ValueError {
  return new ValueError('the header of a stored value can not be read')
}
