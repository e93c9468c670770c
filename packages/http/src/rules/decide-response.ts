import type { HeaderMap } from '../fields/headers.js'
import type { Page } from '../page/page.js'
import { describesSame } from './freshen.js'
import type { Storability, Storable, UnstorableReason } from './storability.js'

/** What is to become of a response that came, and of the page that was stored for its request. */
export type ResponseDecision =
  | { readonly action: 'store'; readonly how: Storable }
  | { readonly action: 'freshen'; readonly page: Page }
  | { readonly action: 'invalidate'; readonly page: Page }
  | { readonly action: 'skip'; readonly reason: UnstorableReason }

/** An exchange whose head has come. */
export interface ReceivedResponse {
  /** The request's. */
  readonly method: string
  readonly status: number
  readonly headers: HeaderMap
  /** As if the request had been a GET. */
  readonly storability: Storability
  /** The page that was stored for the request. */
  readonly stored: Page | undefined
  /** Does Content-Location say that the response is what a GET of the URL would have (RFC 9110 §8.7)? */
  readonly describesTarget: boolean
  /** Was the handler asked whether that page still holds, on behalf of this cache? */
  readonly validating: boolean
}

/** RFC 9111 §3, §4.3.3–§4.3.5. */
export function decideResponse(received: ReceivedResponse): ResponseDecision {
  const { method, status, headers, storability, stored, validating } = received
  // §4.3.4: not modified. To a condition of the client's own it says nothing of the stored page.
  if (status === 304 && validating && stored !== undefined) return { action: 'freshen', page: stored }
  if (method === 'HEAD') return decideHead(status, headers, storability, stored)
  if (method !== 'GET' && !standsForGet(received)) return { action: 'skip', reason: 'method' }
  if (storability.storable) return { action: 'store', how: storability }
  return { action: 'skip', reason: storability.reason }
}

const explicit = ['s-maxage', 'max-age', 'expires']

/** RFC 9110 §9.3.3: what a POST answered, for later GETs; only if it says so, and for how long. */
function standsForGet({ method, status, storability, describesTarget }: ReceivedResponse): boolean {
  if (method !== 'POST' || status !== 200 || !describesTarget) return false
  return storability.storable && explicit.includes(storability.lifetime.source)
}

/** §4.3.5: a 200 to a HEAD brings the stored page up to date, or shows that it no longer is. */
function decideHead(
  status: number,
  headers: HeaderMap,
  storability: Storability,
  stored: Page | undefined,
): ResponseDecision {
  if (stored === undefined || status !== 200 || stored.status !== 200)
    return { action: 'skip', reason: 'method' }
  const holds = describesSame(stored, headers) && storability.storable
  return { action: holds ? 'freshen' : 'invalidate', page: stored }
}

/**
 * May a stale page stand in for this status (RFC 5861 §4)? Errors of the server, and of what stands behind it.
 */
export function isServerError(status: number): boolean {
  return status === 500 || status === 502 || status === 503 || status === 504
}
