import { crc32 } from 'node:zlib'

/** Bytes of magic, checksum, length of the head and length of the body: 32 bits each. */
const PRELUDE = 16
/** Bytes: far more than any head that Node sends or receives. */
const MAX_HEAD = 2 ** 20

/** Head and body that a container holds. */
export interface ContainerContents {
  readonly head: string
  /** View of the bytes that were decoded, not a copy. */
  readonly body: Buffer
}

/** Returns the bytes that `encodeContainer` needs. @param headBytes length of the head, in bytes */
export function containerLength(headBytes: number, body: Uint8Array): number {
  return PRELUDE + headBytes + body.byteLength
}

/**
 * Encodes a head and a body with the name and version of their format, their lengths and a
 * checksum, so that a decoder recognizes anything else that a store may return. The body is not
 * copied.
 *
 * @param magic four characters: the format and its version
 * @param head characters up to U+00FF, as in header fields
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

/**
 * Decodes a container. Never throws.
 *
 * @returns undefined for another format, and for bytes that were cut short or changed
 */
export function decodeContainer(magic: string, bytes: Uint8Array): ContainerContents | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < PRELUDE || buffer.toString('latin1', 0, 4) !== magic) return undefined
  const headLength = buffer.readUInt32BE(8)
  const bodyLength = buffer.readUInt32BE(12)
  if (headLength > MAX_HEAD || PRELUDE + headLength + bodyLength !== buffer.length) return undefined
  if (crc32(buffer.subarray(8)) !== buffer.readUInt32BE(4)) return undefined
  const bodyStart = PRELUDE + headLength
  return { head: buffer.toString('latin1', PRELUDE, bodyStart), body: buffer.subarray(bodyStart) }
}
