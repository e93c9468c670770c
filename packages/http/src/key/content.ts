import { hash } from 'node:crypto'
import type { HeaderMap } from '../fields/headers.js'
import { keyText } from './key-text.js'

/**
 * Methods whose responses depend on the request's content, and may be stored with it in the key.
 */
export type ContentMethod = 'QUERY' | 'POST'

/**
 * RFC 10008 §2.7: "related metadata" of the content: the fields that give its bytes a meaning
 * (RFC 9110 §8). Not Content-Length, which follows from the bytes.
 */
const metadata = ['content-type', 'content-encoding', 'content-language', 'content-location'] as const

/**
 * Returns what the content of a request adds to the key of its URL (RFC 10008 §2.7): a digest of
 * its bytes, and the fields that say what they mean. Nothing is normalized, so that two contents
 * that a handler could tell apart never share a key.
 *
 * @param headers of the request, names in lower case
 */
export function contentKeyText(content: Uint8Array, headers: HeaderMap): string {
  const fields = metadata.map((name) => fieldText(headers[name]))
  return keyText([hash('sha256', content, 'base64url'), ...fields])
}

/** Marks a field of several lines, which must not look like a field of one. */
function fieldText(value: HeaderMap[string]): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? `*${keyText(value)}` : `=${value}`
}
