import type { IncomingMessage } from 'node:http'
import { decideRequest, type RequestDecision } from '@sitecache/http'
import { canDispatch, ownRequestOf } from '../node/own-requests.js'
import type { Found } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'
import type { LocatedRequest } from './located-request.js'

/** Decides by what was found for a request what becomes of it (RFC 9111 §4). */
export function decide(
  {
    layer,
    req,
    method,
    headers,
    location,
  }: Pick<LocatedRequest, 'layer' | 'req' | 'method' | 'headers' | 'location'>,
  found: Found,
  now: number,
): RequestDecision {
  const { rules } = layer
  const own = ownRequestOf(req)
  return decideRequest({
    policy: rules.policy,
    method,
    requestHeaders: headers,
    // The handler was just asked about the stored page, in vain.
    page: own?.purpose === 'refetch' ? undefined : found.page,
    hadRecord: hasOtherVariants(location, found),
    now,
    staleWhileRevalidate: rules.staleWhileRevalidate,
    isSoftPurged: found.isSoftPurged,
    refreshing: found.page !== undefined && (own === undefined ? isRefreshing(req, found, now) : 'at-once'),
  })
}

/**
 * RFC 9211 §2.2: whether pages are stored, but none for this request. A URL whose pages vary by
 * nothing has no other variant; and one that is listed, and was purged, evicted or has expired, is
 * no other.
 */
function hasOtherVariants(
  { keys, extraKey, source, matching }: PageLocation,
  { record, page }: Found,
): boolean {
  if (page !== undefined || record === undefined || record.names.length === 0) return false
  if (record.variants.length === 0) return false
  const own = keys.page(record, extraKey, source, matching)
  return !record.variants.some((hash) => keys.pageOf(hash) === own)
}

/**
 * Whether the request is there to have the page made anew. It matters only where a page answers in
 * part, or no longer; a request that can't be made again (it came from no server of Node's)
 * refreshes by itself.
 */
function isRefreshing(req: IncomingMessage, { page, isSoftPurged }: Found, now: number): boolean {
  if (page === undefined) return false
  return (page.status === 206 || isSoftPurged || !page.isFresh(now)) && !canDispatch(req)
}
