import { parseCacheControl } from '../fields/cache-control.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { parseHttpDate } from '../fields/http-date.js'
import { parseVary } from '../fields/vary.js'
import type { UnstorableReason } from './storability.js'

/** Use that a cache behind may make of a response. */
export interface CacheUse {
  /** Why it does not keep it; undefined: it does. */
  readonly reason?: UnstorableReason | undefined
  /** Seconds for which it asks no more; 0: it asks each time; undefined: it guesses. */
  readonly seconds: number | undefined
}

/**
 * Judges a response as a private cache does (RFC 9111 §3, §4.2.1): `private` and Set-Cookie keep it
 * from no browser, and `s-maxage` is not for it.
 *
 * @param headers names in lower case
 * @param now milliseconds since the epoch
 */
export function browserUse(headers: HeaderMap, now: number): CacheUse {
  const control = parseCacheControl(headers['cache-control'])
  if (control.has('no-store')) return { reason: 'no-store', seconds: 0 }
  // RFC 9111 §4.1: it is validated at each use.
  if (control.has('no-cache') || parseVary(headers.vary).includes('*')) return { seconds: 0 }
  const maxAge = control.seconds('max-age')
  if (maxAge !== undefined) return { seconds: maxAge }
  const expires = fieldValue(headers, 'expires')
  if (expires === undefined) return { seconds: undefined }
  const date = parseHttpDate(fieldValue(headers, 'date') ?? '', now) ?? now
  const until = parseHttpDate(expires, now)
  return { seconds: until === undefined ? 0 : Math.max(0, Math.floor((until - date) / 1000)) }
}
