import { parseCacheControl } from '../fields/cache-control.js'

/**
 * Rules for a filled page: a page for everybody whose holes were filled for one visitor. The filled
 * response is private, though this cache stores the page without the filled parts.
 */

/**
 * Fields that describe the bytes of a body. A validator names one representation
 * (RFC 9110 §8.8.1, §8.8.3), and a digest its bytes (RFC 9530 §2, §3): neither is true of a body
 * that differs from request to request, and no ranges can be served of it (RFC 9110 §14.3).
 */
const ofTheBytes = new Set([
  'accept-ranges',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-range',
  'digest',
  'etag',
  'last-modified',
  'repr-digest',
])

/** Returns whether a field describes the bytes of a body. @param name in lower case */
export function describesBytes(name: string): boolean {
  return ofTheBytes.has(name)
}

/** Targeted fields older than RFC 9213, and Expires, which HTTP/1.0 caches obey (RFC 9111 §5.3). */
const ofCaches = new Set(['expires', 'surrogate-control', 'x-accel-expires'])

/**
 * Returns whether a field tells caches a lifetime. In its caches a targeted field outranks
 * Cache-Control (RFC 9213 §2.2), so that a `private` there would not be obeyed.
 *
 * @param name in lower case
 */
export function tellsLifetime(name: string): boolean {
  return name === 'cache-control' || name.endsWith('-cache-control') || ofCaches.has(name)
}

/**
 * Returns the Cache-Control of a filled page. `private`: no shared cache may store it (RFC 9111
 * §5.2.2.7). `no-cache`: the visitor's own cache must revalidate it (§5.2.2.4), since the filled
 * parts change by what the visitor does on other pages. Stricter directives stay; lifetimes go, and
 * so do extensions, which may allow more than `private` does (§5.2.3).
 *
 * @param value of the page, as its handler set it
 */
export function filledControl(value: string | undefined): string {
  const control = parseCacheControl(value)
  const kept = ['no-store', 'no-transform'].filter((name) => control.has(name))
  return ['private', 'no-cache', ...kept].join(', ')
}
