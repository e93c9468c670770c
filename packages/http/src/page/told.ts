import { parseCacheControl } from '../fields/cache-control.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { formatHttpDate, parseHttpDate } from '../fields/http-date.js'
import { patchCacheControl } from '../fields/patch-cache-control.js'
import { isAddedLifetime, isForThisCacheAlone } from './basis.js'
import { Page } from './page.js'

/**
 * Returns a page as clients are told of it. Where its lifetime was meant for this cache alone, what
 * the response says to others counts from each delivery: Date is now, Expires as far from it as it
 * was, and there is no Age. A client would else subtract the page's age here from a lifetime that
 * it never began (RFC 9111 §4.2).
 *
 * @param now milliseconds since the epoch
 */
export function asToldNow(
  page: Page,
  now: number,
): { readonly page: Page; readonly age: string | undefined } {
  if (!isForThisCacheAlone(page.basis)) return { page, age: String(page.age(now)) }
  const made = parseHttpDate(page.header('date') ?? '', page.storedAt) ?? page.storedAt
  const headers = page.headers.map((value, i) => {
    const name = i % 2 === 1 ? page.headers[i - 1]?.toLowerCase() : undefined
    if (name === 'date') return formatHttpDate(now)
    return name === 'expires' ? laterExpires(value, made, now) : value
  })
  return { page: new Page({ ...page, tags: page.tags, headers }), age: undefined }
}

/** RFC 9111 §5.3: an invalid Expires means expired, and stays as it is. */
function laterExpires(value: string, made: number, now: number): string {
  const expires = parseHttpDate(value, made)
  return expires === undefined ? value : formatHttpDate(now + Math.max(0, expires - made))
}

/** Lifetime that a layer of this cache added to a response for its clients. */
export interface AddedLifetime {
  /** Seconds. */
  readonly maxAge: number
  /** Expires that was added with it; undefined: it was there before. */
  readonly expires: string | undefined
  /** Seconds of the max-age in whose place `maxAge` stands; undefined: there was none. */
  readonly replaced?: number | undefined
}

/**
 * Returns the lifetime that was added to a stored page.
 *
 * @returns undefined when the page says nothing but what its handler said
 */
export function addedLifetimeOf(page: Page): AddedLifetime | undefined {
  if (!isAddedLifetime(page.basis)) return undefined
  const maxAge = parseCacheControl(page.header('cache-control')).seconds('max-age')
  return maxAge === undefined ? undefined : { maxAge, expires: page.header('expires') }
}

/**
 * Takes an added lifetime from headers, so that they are judged by what the response said itself.
 *
 * @param headers names in lower case; changed
 */
export function removeAddedLifetime(
  headers: Record<string, HeaderMap[string]>,
  { maxAge, expires, replaced }: AddedLifetime,
): void {
  const value = fieldValue(headers, 'cache-control')
  if (value !== undefined && parseCacheControl(value).seconds('max-age') === maxAge) {
    // Patched in two steps: of two max-ages the lower one counts.
    const rest = patchCacheControl(value, { 'max-age': false })
    const said = replaced === undefined ? rest : patchCacheControl(rest, { 'max-age': replaced })
    headers['cache-control'] = said || undefined
  }
  if (expires !== undefined && headers.expires === expires) headers.expires = undefined
}
