import type { IncomingMessage } from 'node:http'
import { decideRequest, type RequestDecision } from '@sitecache/http'
import { canDispatch, type OwnRequest, ownRequestOf } from '../node/own-requests.js'
import type { Exchange } from '../options/exchange.js'
import type { Found } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'

/** A request of which it is known where its pages are stored, for a decision on it. */
export interface RequestToDecide extends Pick<Exchange, 'layer' | 'method' | 'headers'> {
  readonly location: PageLocation
}

/** Decides by what was found for a request what becomes of it (RFC 9111 §4). */
export function decide(
  request: RequestToDecide & Pick<Exchange, 'req'>,
  found: Found,
  now: number,
): RequestDecision {
  const { req } = request
  const own = ownRequestOf(req)
  // The handler was just asked about the stored page, in vain.
  if (own?.purpose === 'refetch') return decideBy(request, { ...found, page: undefined }, now, false)
  return decideBy(request, found, now, found.page !== undefined && isRefreshing(req, own, found, now))
}

/**
 * Decides what becomes of a request, whatever has made it.
 *
 * @param refreshing see `PresentedRequest`
 */
export function decideBy(
  { layer, method, headers, location }: RequestToDecide,
  found: Found,
  now: number,
  refreshing: boolean | 'at-once',
): RequestDecision {
  const { policy, staleWhileRevalidate, maxBodyBytes } = layer.rules
  return decideRequest({
    policy,
    method,
    requestHeaders: headers,
    page: found.page,
    hadRecord: hasOtherVariants(location, found),
    now,
    staleWhileRevalidate,
    maxBodyBytes,
    isSoftPurged: found.isSoftPurged,
    refreshing,
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
function isRefreshing(
  req: IncomingMessage,
  own: OwnRequest | undefined,
  { page, isSoftPurged }: Found,
  now: number,
): boolean | 'at-once' {
  if (own !== undefined) return 'at-once'
  if (page === undefined) return false
  return (page.status === 206 || isSoftPurged || !page.isFresh(now)) && !canDispatch(req)
}
