import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  confirms,
  type HeaderMap,
  isNotModified,
  isServerError,
  parseCacheControl,
  staleMayReplaceError,
} from '@sitecache/http'
import { canDispatch } from '../node/own-requests.js'
import type { Headers } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { completes } from './combine-parts.js'
import type { Forwarded } from './forwarded.js'

/**
 * Response that goes out in place of the one that the handler wrote:
 * - `freshened`: the stored page, which the handler's 304 brought up to date (RFC 9111 §4.3.4);
 * - `completed`: the stored part with the rest that was asked for (§3.4);
 * - `refetched`: the whole, asked for anew, where that rest doesn't fit, or the 304 is about
 *   another representation;
 * - `not-modified`: a 304, for the client's own condition holds of the new page;
 * - `stale`: the stored page, in place of an error (RFC 5861 §4).
 */
export type Replacement = 'freshened' | 'completed' | 'refetched' | 'not-modified' | 'stale'

/**
 * Returns the replacement of a response whose head has come.
 *
 * @returns undefined: it goes out as it is
 */
export function replacementFor(
  layer: Layer,
  forwarded: Forwarded,
  req: IncomingMessage,
  status: number,
  headers: Headers,
  now: number,
): Replacement | undefined {
  const { stored, mode } = forwarded
  if (mode === 'whole' && status === 200)
    return isNotModified(forwarded.requestHeaders, headers, now) ? 'not-modified' : undefined
  if (stored === undefined) return undefined
  if (mode === 'conditional' && status === 304) {
    // Over HTTP/2 a request can't be made again.
    return confirms(stored, headers) || !canDispatch(req) ? 'freshened' : 'refetched'
  }
  if (mode === 'range' && (status === 206 || status === 416))
    return status === 206 && completes(stored, headers) ? 'completed' : 'refetched'
  if (isServerError(status) && staleMayReplace(layer, forwarded, now)) return 'stale'
  if (mode !== 'conditional' || status !== 200 || req.method === 'HEAD') return undefined
  return isNotModified(forwarded.requestHeaders, headers, now) ? 'not-modified' : undefined
}

/** Returns when it goes out: whether the handler's body is of use, for it or for what is kept. */
export function timeOf(replacement: Replacement, isKept: boolean): 'replace' | 'replace-early' {
  return replacement === 'completed' || (replacement === 'not-modified' && isKept)
    ? 'replace'
    : 'replace-early'
}

/** May the stored page be given in place of an error? */
export function staleMayReplace(
  { rules }: Layer,
  { stored, mode, requestHeaders }: Forwarded,
  now: number,
): boolean {
  if (stored === undefined || mode === 'range') return false
  if (stored.status === 206 && requestHeaders.range === undefined) return false
  const control = rules.policy === 'django' ? undefined : parseCacheControl(requestHeaders['cache-control'])
  return staleMayReplaceError(stored, rules, control, now)
}

/** Takes from a response what the handler set, and puts back what stood there before it ran. */
export function resetHeaders(res: ServerResponse, priorHeaders: HeaderMap): void {
  for (const name of res.getHeaderNames()) if (priorHeaders[name] === undefined) res.removeHeader(name)
  for (const [name, value] of Object.entries(priorHeaders)) {
    if (value !== undefined) res.setHeader(name, value as string | number | readonly string[])
  }
}
