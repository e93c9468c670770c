import { parseCacheControl } from './cache-control.js'
import { fieldValue, type HeaderMap } from './headers.js'
import { formatHttpDate } from './http-date.js'
import { type CacheControlChanges, patchCacheControl } from './patch-cache-control.js'

/** The longest time that HTTP servers are used to be told, in seconds. */
const YEAR = 365 * 24 * 60 * 60

/** Django's add_never_cache_headers. */
export const neverCacheChanges: CacheControlChanges = {
  maxAge: 0,
  noCache: true,
  noStore: true,
  mustRevalidate: true,
  private: true,
}

/**
 * Django's patch_response_headers: Cache-Control with a max-age, the smaller of two winning, and Expires where it is absent.
 * Expires tells the same lifetime as max-age.
 *
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
  if (headers.expires !== undefined) return { cacheControl, expires: undefined }
  const told = parseCacheControl(cacheControl).seconds('max-age') ?? maxAge
  return { cacheControl, expires: formatHttpDate(now + told * 1000) }
}

const remembered = new Map<string, string>()
const MAX_REMEMBERED = 200

/** A site's pages say much the same of themselves: what was patched once need not be parsed again. */
function withMaxAge(value: string | undefined, maxAge: number): string {
  const name = `${maxAge} ${value ?? ''}`
  const known = remembered.get(name)
  if (known !== undefined) return known
  const patched = patchCacheControl(value, { maxAge })
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  if (name.length < 200) remembered.set(name, patched)
  return patched
}

/** max-age in seconds, as Django's get_max_age; undefined when it is absent or can't be read. */
export function maxAgeOf(headers: HeaderMap): number | undefined {
  const control = parseCacheControl(headers['cache-control'])
  return /^\d+$/.test(control.argument('max-age') ?? '') ? control.seconds('max-age') : undefined
}
