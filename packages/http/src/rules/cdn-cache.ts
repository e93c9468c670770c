import type { HeaderMap } from '../fields/headers.js'
import type { CacheUse } from './browser-cache.js'
import { storability } from './storability.js'

/**
 * Judges the response to a GET as a shared cache does that obeys `CDN-Cache-Control` (RFC 9111 §3,
 * RFC 9213 §2.1).
 *
 * @param headers names in lower case
 * @param requestHeaders names in lower case
 * @param now milliseconds since the epoch
 */
export function cdnUse(status: number, headers: HeaderMap, requestHeaders: HeaderMap, now: number): CacheUse {
  const it = storability({
    policy: 'rfc9111',
    method: 'GET',
    requestHeaders,
    status,
    headers,
    setCookie: 'skip',
    siteTimeout: null,
    maxBodyBytes: Number.POSITIVE_INFINITY,
    targeted: ['cdn-cache-control'],
    now,
  })
  if (!it.storable) return { reason: it.reason, seconds: 0 }
  return { seconds: it.lifetime.source === 'none' ? undefined : it.lifetime.seconds }
}
