import type { ServerResponse } from 'node:http'
import type { HeaderMap } from '@sitecache/http'
import { methodOf } from './types.js'

/** Headers of a response that are changed together with the response. */
export type Headers = { -readonly [name in keyof HeaderMap]: HeaderMap[name] }

/** Returns a copy of the headers set on a response so far, by names in lower case. */
export function headersOf(res: ServerResponse): Headers {
  const headers = res.getHeaders() as Headers
  // HTTP/2 shows its pseudo-header field among them (RFC 9113 §8.3.2).
  if (headers[':status'] !== undefined) delete headers[':status']
  return headers
}

/**
 * Whether a response is one of HTTP/2, over the compatibility API: it has no reason phrase, and is
 * not written as text.
 */
export function isHttp2(res: ServerResponse): boolean {
  return 'stream' in res
}

/**
 * Returns the names of a response's headers as the handler spelt them; HTTP/2 knows lower case
 * alone (RFC 9113 §8.2.1).
 */
export function rawHeaderNames(res: ServerResponse): readonly string[] {
  // Node has this on every outgoing message of HTTP/1; its types know it on requests only.
  const { getRawHeaderNames } = res as { getRawHeaderNames?: () => string[] }
  return getRawHeaderNames === undefined ? res.getHeaderNames() : getRawHeaderNames.call(res)
}

/**
 * Appends a member to Cache-Status: each cache adds itself behind those nearer to the origin
 * (RFC 9211 §2).
 */
export function appendCacheStatus(res: ServerResponse, member: string): void {
  const known = methodOf(res, 'getHeader').call(res, 'cache-status')
  const value = known === undefined ? member : `${String(known)}, ${member}`
  methodOf(res, 'setHeader').call(res, 'Cache-Status', value)
}

/** Whether fields were added behind the body (RFC 9110 §6.5), which no page keeps. */
export function hasTrailers(res: ServerResponse): boolean {
  if (!isHttp2(res)) return Boolean((res as { _trailer?: string })._trailer)
  const slot = Object.getOwnPropertySymbols(res).find(({ description }) => description === 'trailers')
  return slot !== undefined && Object.keys(Object(Reflect.get(res, slot))).length > 0
}
