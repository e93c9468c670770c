import { normalizeHost } from './host.js'
import type { RequestTarget } from './key-text.js'

/**
 * Resolves Location or Content-Location against the URL of their request (RFC 9111 §4.4: only URLs
 * of the same origin may be invalidated by a response).
 *
 * @param origin of the request
 * @param base path and query of the request
 * @param reference the field's value: absolute or relative
 * @returns path and query; undefined: another origin, or not a URL
 */
export function sameOriginUrl(
  origin: Pick<RequestTarget, 'scheme' | 'host'>,
  base: string,
  reference: unknown,
): string | undefined {
  if (typeof reference !== 'string') return undefined
  const here = `${origin.scheme}://${origin.host}`
  try {
    const url = new URL(reference, new URL(base, here))
    const sameHost = normalizeHost(url.host, origin.scheme) === normalizeHost(origin.host, origin.scheme)
    return sameHost && url.protocol === `${origin.scheme}:` ? url.pathname + url.search : undefined
  } catch {
    // An invalid reference names no URL, so there is nothing to invalidate.
    return undefined
  }
}
