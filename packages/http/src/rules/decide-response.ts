import { describesSame } from './freshen.js'
import type { HeaderMap } from '../fields/headers.js'
import type { Page } from '../page/page.js'
import type { Judgement, SkipReason, Storable } from './storability.js'

/** What is to become of a response that came, and of the page that was stored for its request. */
export type Settlement =
  | { readonly action: 'store'; readonly how: Storable }
  | { readonly action: 'freshen'; readonly page: Page }
  | { readonly action: 'invalidate'; readonly page: Page }
  | { readonly action: 'skip'; readonly reason: SkipReason }

/** An exchange whose head has come. */
export interface Outcome {
  /** The request's. */
  readonly method: string
  readonly status: number
  readonly headers: HeaderMap
  /** As if the request had been a GET. */
  readonly judgement: Judgement
  /** The page that was stored for the request. */
  readonly stored: Page | undefined
  /** Does Content-Location say that the response is what a GET of the URL would have (RFC 9110 §8.7)? */
  readonly describesTarget: boolean
  /** Was the handler asked whether that page still holds, on behalf of this cache? */
  readonly validating: boolean
}

/** RFC 9111 §3, §4.3.3–§4.3.5. */
export function settle(outcome: Outcome): Settlement {
  const { method, status, headers, judgement, stored, validating } = outcome
  // §4.3.4: not modified. To a condition of the client's own it says nothing of the stored page.
  if (status === 304 && validating && stored !== undefined) return { action: 'freshen', page: stored }
  if (method === 'HEAD') return settleHead(status, headers, judgement, stored)
  if (method !== 'GET' && !standsForGet(outcome)) return { action: 'skip', reason: 'method' }
  if (judgement.storable) return { action: 'store', how: judgement }
  return { action: 'skip', reason: judgement.reason }
}

const explicit = ['s-maxage', 'max-age', 'expires']

/** RFC 9110 §9.3.3: what a POST answered, for later GETs; only if it says so, and for how long. */
function standsForGet({ method, status, judgement, describesTarget }: Outcome): boolean {
  if (method !== 'POST' || status !== 200 || !describesTarget) return false
  return judgement.storable && explicit.includes(judgement.lifetime.source)
}

/** §4.3.5: a 200 to a HEAD brings the stored page up to date, or shows that it no longer is. */
function settleHead(
  status: number,
  headers: HeaderMap,
  judgement: Judgement,
  stored: Page | undefined,
): Settlement {
  if (stored === undefined || status !== 200 || stored.status !== 200)
    return { action: 'skip', reason: 'method' }
  const holds = describesSame(stored, headers) && judgement.storable
  return { action: holds ? 'freshen' : 'invalidate', page: stored }
}

/**
 * May a stale page stand in for this status (RFC 5861 §4)? Errors of the server, and of what stands behind it.
 */
export function isServerError(status: number): boolean {
  return status === 500 || status === 502 || status === 503 || status === 504
}
