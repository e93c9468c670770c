import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type HeaderMap,
  isNotModified,
  isServerError,
  parseCacheControl,
  standsInForError,
} from '@sitecache/http'
import type { Headers } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { completes } from './combine-parts.js'
import type { Miss } from './forwarded.js'

/**
 * What goes out in place of what the handler wrote:
 * - `freshened`: the stored page, which the handler's 304 brought up to date (RFC 9111 §4.3.4);
 * - `completed`: the stored part with the rest that was asked for (§3.4);
 * - `refetched`: the whole, asked for anew, where that rest doesn't fit;
 * - `not-modified`: a 304, for the client's own condition holds of the new page;
 * - `stale`: the stored page, in place of an error (RFC 5861 §4).
 */
export type StandIn = 'freshened' | 'completed' | 'refetched' | 'not-modified' | 'stale'

/** What is to stand in for a response whose head has come; undefined: it goes out as it is. */
export function standInFor(
  layer: Layer,
  miss: Miss,
  req: IncomingMessage,
  status: number,
  headers: Headers,
  now: number,
): StandIn | undefined {
  const { stored, asked } = miss
  if (stored === undefined) return undefined
  if (asked === 'whether-modified' && status === 304) return 'freshened'
  if (asked === 'for-the-rest' && (status === 206 || status === 416))
    return status === 206 && completes(stored, headers) ? 'completed' : 'refetched'
  if (isServerError(status) && mayStandIn(layer, miss, now)) return 'stale'
  if (asked !== 'whether-modified' || status !== 200 || req.method === 'HEAD') return undefined
  return isNotModified(miss.requestHeaders, headers, now) ? 'not-modified' : undefined
}

/** May the stored page be given in place of an error? */
export function mayStandIn({ rules }: Layer, { stored, asked, requestHeaders }: Miss, now: number): boolean {
  if (stored === undefined || asked === 'for-the-rest') return false
  if (stored.status === 206 && requestHeaders.range === undefined) return false
  const control = rules.policy === 'django' ? undefined : parseCacheControl(requestHeaders['cache-control'])
  return standsInForError(stored, rules, control, now)
}

/** Takes from a response what the handler set, and puts back what stood there before it ran. */
export function resetHeaders(res: ServerResponse, standing: HeaderMap): void {
  for (const name of res.getHeaderNames()) if (standing[name] === undefined) res.removeHeader(name)
  for (const [name, value] of Object.entries(standing)) {
    if (value !== undefined) res.setHeader(name, value as string | number | readonly string[])
  }
}
