import { hash } from 'node:crypto'
import type { HeaderMap } from '../fields/headers.js'
import { keyText } from './key-text.js'

/** Methods whose requests ask by their content, and whose pages may be kept if the application has it so. */
export type ContentMethod = 'QUERY' | 'POST'

/**
 * RFC 10008 §2.7: "related metadata" of the content, which say what its bytes mean (RFC 9110 §8). Its length shows in its digest, and
 * validators are about what is stored.
 */
const metadata = ['content-type', 'content-encoding', 'content-language', 'content-location'] as const

/**
 * What the content of a request adds to the key of its URL (RFC 10008 §2.7): its bytes as they came, and the fields that say what they
 * mean. Nothing is normalized: no two contents that a handler could tell apart are one.
 *
 * @param headers of the request, by names in lower case
 */
export function contentKeyText(content: Uint8Array, headers: HeaderMap): string {
  return keyText([hash('sha256', content, 'base64url'), ...metadata.map((name) => partOf(headers[name]))])
}

/** Several lines never look like one. */
function partOf(value: HeaderMap[string]): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? `*${keyText(value)}` : `=${value}`
}

/** RFC 9110 §9.2.1, RFC 10008 §2: methods that change nothing. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

/** Does a request of this method change nothing, so that what is stored of its URL holds (RFC 9111 §4.4)? */
export function isSafe(method: string): boolean {
  return safeMethods.has(method)
}
