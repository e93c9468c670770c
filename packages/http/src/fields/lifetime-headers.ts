import { parseCacheControl } from './cache-control.js'
import type { CacheControlChanges } from './cache-control-changes.js'
import { fieldValue, type HeaderMap } from './headers.js'
import { formatHttpDate, parseHttpDate } from './http-date.js'
import { patchCacheControl } from './patch-cache-control.js'

/** Seconds: the longest lifetime that RFC 2616 §14.21 allowed to send. */
const YEAR = 365 * 24 * 60 * 60

/** Changes that Django's `add_never_cache_headers` makes. */
export const neverCacheChanges: CacheControlChanges = {
  maxAge: 0,
  noCache: true,
  noStore: true,
  mustRevalidate: true,
  private: true,
}

/**
 * Returns the headers that Django's `patch_response_headers` sets: Cache-Control with max-age, the
 * smaller of two, and Expires of the same lifetime where it is absent. An Expires that agreed with
 * the max-age before, as another layer of cache has set both, goes on agreeing with it.
 *
 * @param headers of the response, names in lower case
 * @param lifetime seconds; Infinity: a year
 * @param now milliseconds since the epoch
 */
export function lifetimeHeaders(
  headers: HeaderMap,
  lifetime: number,
  now: number,
): { readonly cacheControl: string; readonly expires: string | undefined } {
  const maxAge = Math.max(0, Math.floor(Math.min(lifetime, YEAR)))
  const cacheControl = withMaxAge(fieldValue(headers, 'cache-control'), maxAge)
  const told = parseCacheControl(cacheControl).seconds('max-age') ?? maxAge
  if (headers.expires === undefined) return { cacheControl, expires: formatHttpDate(now + told * 1000) }
  return { cacheControl, expires: agreeingExpires(headers, told, now) }
}

/** Seconds by which the times of two clocks that are read one after the other may differ. */
const ROUNDING = 1

/** Returns an Expires that agrees with a shorter max-age; undefined: the present one stays. */
function agreeingExpires(headers: HeaderMap, maxAge: number, now: number): string | undefined {
  const before = maxAgeOf(headers)
  if (before === undefined || before <= maxAge) return undefined
  const date = parseHttpDate(fieldValue(headers, 'date') ?? '', now) ?? now
  const expires = parseHttpDate(fieldValue(headers, 'expires') ?? '', now)
  if (expires === undefined || Math.abs((expires - date) / 1000 - before) > ROUNDING) return undefined
  return formatHttpDate(date + maxAge * 1000)
}

const remembered = new Map<string, string>()
const MAX_REMEMBERED = 200

/** Remembers results: most pages of a site have one of a few values. */
function withMaxAge(value: string | undefined, maxAge: number): string {
  const name = `${maxAge} ${value ?? ''}`
  const known = remembered.get(name)
  if (known !== undefined) return known
  const patched = patchCacheControl(value, { maxAge })
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  if (name.length < 200) remembered.set(name, patched)
  return patched
}

/**
 * Returns max-age in seconds, as Django's `get_max_age`; undefined when it is absent or invalid.
 */
export function maxAgeOf(headers: HeaderMap): number | undefined {
  const control = parseCacheControl(headers['cache-control'])
  return /^\d+$/.test(control.argument('max-age') ?? '') ? control.seconds('max-age') : undefined
}
