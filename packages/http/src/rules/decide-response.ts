import { fieldValue, type HeaderMap } from '../fields/headers.js'
import type { Page } from '../page/page.js'
import { describesSame } from './freshen.js'
import type { Storability, Storable, UnstorableReason } from './storability.js'

/** Effect of a response on the store: on its own page, or on the one stored before. */
export type ResponseDecision =
  | { readonly action: 'store'; readonly how: Storable }
  | { readonly action: 'freshen'; readonly page: Page }
  | { readonly action: 'invalidate'; readonly page: Page }
  | { readonly action: 'skip'; readonly reason: UnstorableReason }

/** Response whose head has come, and the page that was stored for its request. */
export interface ReceivedResponse {
  /** Method of the request. */
  readonly method: string
  readonly status: number
  readonly headers: HeaderMap
  /** Storability of the response, judged as if the request had been a GET. */
  readonly storability: Storability
  /** Page that was stored for the request. */
  readonly stored: Page | undefined
  /**
   * Content-Location is the request's URL: a GET of it would have this response (RFC 9110 §8.7).
   */
  readonly describesTarget: boolean
  /** The request to the handler was conditional on behalf of this cache (RFC 9111 §4.3.1). */
  readonly validating: boolean
}

/**
 * Decides whether a response is stored, freshens or invalidates a page (RFC 9111 §3,
 * §4.3.3–§4.3.5).
 */
export function decideResponse(received: ReceivedResponse): ResponseDecision {
  const { method, status, headers, storability, stored, validating } = received
  // RFC 9111 §4.3.4. A 304 to the client's own condition says nothing about the stored page.
  if (status === 304 && validating && stored !== undefined)
    return { action: confirms(stored, headers) ? 'freshen' : 'invalidate', page: stored }
  if (method === 'HEAD') return decideHead(status, headers, storability, stored)
  if (method !== 'GET' && !standsForGet(received)) return { action: 'skip', reason: 'method' }
  if (storability.storable) return { action: 'store', how: storability }
  return { action: 'skip', reason: storability.reason }
}

/**
 * RFC 9111 §4.3.4: a 304 that names an entity tag is about the representation of that tag alone. A
 * weak tag and a strong one of the same opaque part name the same one here: layers on the way may
 * weaken tags.
 */
export function confirms(stored: Page, headers: HeaderMap): boolean {
  const named = fieldValue(headers, 'etag')
  return named === undefined || stored.etag === undefined || opaque(named) === opaque(stored.etag)
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '')
}

/** Sources of an explicit lifetime. */
const explicit = ['s-maxage', 'max-age', 'expires']

/**
 * RFC 9110 §9.3.3: a POST's response serves later GETs if it has explicit freshness and Content-
 * Location.
 */
function standsForGet({ method, status, storability, describesTarget }: ReceivedResponse): boolean {
  if (method !== 'POST' || status !== 200 || !describesTarget) return false
  return storability.storable && explicit.includes(storability.lifetime.source)
}

/** RFC 9111 §4.3.5: a 200 to a HEAD freshens the stored page, or shows that it is out of date. */
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

/** Returns whether a status is an error that a stale page may replace (RFC 5861 §4). */
export function isServerError(status: number): boolean {
  return status === 500 || status === 502 || status === 503 || status === 504
}
