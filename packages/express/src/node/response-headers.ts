import type { ServerResponse } from 'node:http'
import type { HeaderMap } from '@sitecache/http'

/** Headers of a response that are changed together with the response. */
export type Headers = { -readonly [name in keyof HeaderMap]: HeaderMap[name] }

/** Returns a copy of the headers set on a response so far, by names in lower case. */
export function headersOf(res: ServerResponse): Headers {
  return res.getHeaders() as Headers
}

/**
 * Appends a member to Cache-Status: each cache adds itself behind those nearer to the origin
 * (RFC 9211 §2).
 */
export function appendCacheStatus(res: ServerResponse, member: string): void {
  const known = res.getHeader('cache-status')
  res.setHeader('Cache-Status', known === undefined ? member : `${String(known)}, ${member}`)
}
