import type { ServerResponse } from 'node:http'
import type { HeaderMap } from '@sitecache/http'

/** Headers that can be kept in step with those of the response that they were read from. */
export type Headers = { -readonly [name in keyof HeaderMap]: HeaderMap[name] }

/** The headers set on a response so far, by names in lower case: a copy, which is the caller's. */
export function headersOf(res: ServerResponse): Headers {
  return res.getHeaders() as Headers
}

/** RFC 9211 §2: each cache on the way adds itself behind those nearer to the origin. */
export function appendCacheStatus(res: ServerResponse, member: string): void {
  const known = res.getHeader('cache-status')
  res.setHeader('Cache-Status', known === undefined ? member : `${String(known)}, ${member}`)
}
