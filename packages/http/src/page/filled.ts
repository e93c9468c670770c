import { parseCacheControl } from '../fields/cache-control.js'

/**
 * Rules for a response that is put together of a page for everybody and parts for one visitor. As it is sent, no cache may give it to
 * anybody else, though the page without those parts may be stored: that is what this cache does.
 */

/**
 * Fields that describe the bytes of a body. A validator names one representation (RFC 9110 §8.8.1, §8.8.3), and a digest its bytes (RFC
 * 9530 §2, §3): neither can stand for what differs from request to request, nor can ranges be served of it (RFC 9110 §14.3).
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

/** Does a field describe the bytes of a body? @param name in lower case */
export function describesBytes(name: string): boolean {
  return ofTheBytes.has(name)
}

/** Older than RFC 9213, but of the same kind; and what caches of HTTP/1.0 obey (RFC 9111 §5.3). */
const ofCaches = new Set(['expires', 'surrogate-control', 'x-accel-expires'])

/**
 * Does a field tell caches a lifetime? A targeted field goes before Cache-Control in the caches that it is for (RFC 9213 §2.2), so
 * that `private` would not be heard there.
 *
 * @param name in lower case
 */
export function tellsLifetime(name: string): boolean {
  return name === 'cache-control' || name.endsWith('-cache-control') || ofCaches.has(name)
}

/**
 * The Cache-Control of a filled page: no shared cache may store it (RFC 9111 §5.2.2.7), and its visitor's own must ask before it is
 * used again (§5.2.2.4), since what fills it changes by what they do elsewhere. What is stricter stays; lifetimes go, and so do
 * extensions, which may allow more than `private` does (§5.2.3).
 *
 * @param value as the handler meant it
 */
export function filledControl(value: string | undefined): string {
  const control = parseCacheControl(value)
  const kept = ['no-store', 'no-transform'].filter((name) => control.has(name))
  return ['private', 'no-cache', ...kept].join(', ')
}
