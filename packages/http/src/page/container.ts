import { crc32 } from 'node:zlib'

/** Magic, checksum, length of the head, length of the body: 32 bits each. */
const PRELUDE = 16
/** No head that Node sends or receives comes near this. */
const MAX_HEAD = 2 ** 20

/** A head of text and a body of bytes, as they stand in a container. */
export interface Contents {
  readonly head: string
  /** A part of the bytes that were decoded, not a copy. */
  readonly body: Buffer
}

/** Bytes that `encodeContainer` gives, together. @param headBytes length of the head */
export function containerLength(headBytes: number, body: Uint8Array): number {
  return PRELUDE + headBytes + body.byteLength
}

/**
 * A head and a body as bytes that can be told from anything else a store may answer: with their format's name and version,
 * their lengths and a checksum. The body is not copied.
 *
 * @param magic four characters: a format and its version
 * @param head of characters up to U+00FF, as header fields are
 */
export function encodeContainer(magic: string, head: string, body: Uint8Array): Uint8Array[] {
  const headBytes = head.length
  const front = Buffer.allocUnsafeSlow(PRELUDE + headBytes)
  front.write(magic, 0, 'latin1')
  front.writeUInt32BE(headBytes, 8)
  front.writeUInt32BE(body.byteLength, 12)
  front.write(head, PRELUDE, 'latin1')
  front.writeUInt32BE(crc32(body, crc32(front.subarray(8))), 4)
  return body.byteLength === 0 ? [front] : [front, body]
}

/** What bytes of this format hold; undefined for anything else, for what is cut short, and for what has changed. Never throws. */
export function decodeContainer(magic: string, bytes: Uint8Array): Contents | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < PRELUDE || buffer.toString('latin1', 0, 4) !== magic) return undefined
  const headLength = buffer.readUInt32BE(8)
  const bodyLength = buffer.readUInt32BE(12)
  if (headLength > MAX_HEAD || PRELUDE + headLength + bodyLength !== buffer.length) return undefined
  if (crc32(buffer.subarray(8)) !== buffer.readUInt32BE(4)) return undefined
  const bodyStart = PRELUDE + headLength
  return { head: buffer.toString('latin1', PRELUDE, bodyStart), body: buffer.subarray(bodyStart) }
}
