import type { IncomingMessage } from 'node:http'
import { decideRequest, type RequestDecision } from '@sitecache/http'
import { canDispatch, ownRequestOf } from '../node/own-requests.js'
import type { Found } from '../pages/find-page.js'
import type { LocatedRequest } from './located-request.js'

/** Decides by what was found for a request what becomes of it (RFC 9111 §4). */
export function decide(
  { layer, req, method, headers }: LocatedRequest,
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
    // RFC 9211 §2.2: a URL whose pages vary by nothing has no other variant.
    hadRecord: found.record !== undefined && found.record.names.length > 0,
    now,
    staleWhileRevalidate: rules.staleWhileRevalidate,
    isSoftPurged: found.isSoftPurged,
    refreshing: found.page !== undefined && (own === undefined ? isRefreshing(req, found, now) : 'at-once'),
  })
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
