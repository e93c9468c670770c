import { fieldValue, type HeaderMap } from '../fields/headers.js'

/**
 * Returns the reason why a request bypasses the cache, without any lookup.
 *
 * @param headers of the request, names in lower case
 * @returns undefined: the request can be looked up
 */
export function bypassReason(method: string, headers: HeaderMap): 'method' | 'body' | 'upgrade' | undefined {
  if (method !== 'GET' && method !== 'HEAD') return 'method'
  // RFC 9110 §9.3.1: content of a GET has no defined meaning, and is no part of the key.
  if (hasContent(headers)) return 'body'
  return headers.upgrade === undefined ? undefined : 'upgrade'
}

/** RFC 9112 §6: Content-Length or Transfer-Encoding announce content. */
function hasContent(headers: HeaderMap): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  return headers['content-length'] !== undefined && fieldValue(headers, 'content-length') !== '0'
}
