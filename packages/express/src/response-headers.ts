import type { ServerResponse } from 'node:http'
import type { HeaderMap } from '@sitecache/http'

/** The headers set on a response so far, by names in lower case. */
export function headersOf(res: ServerResponse): HeaderMap {
  return res.getHeaders() as HeaderMap
}

/** RFC 9211 §2: each cache on the way adds itself behind those nearer to the origin. */
export function appendCacheStatus(res: ServerResponse, member: string): void {
  const known = res.getHeader('cache-status')
  res.setHeader('Cache-Status', known === undefined ? member : `${String(known)}, ${member}`)
}
