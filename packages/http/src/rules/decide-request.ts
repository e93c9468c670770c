import { type CacheControl, parseCacheControl } from '../fields/cache-control.js'
import type { HeaderMap } from '../fields/headers.js'
import { isSafe } from '../methods.js'
import { isExplicit } from '../page/basis.js'
import type { Page } from '../page/page.js'
import { missingRange } from '../page/partial.js'
import { sliceForRequest } from '../page/respond.js'
import { forbidsStale, type StaleRules, staleUse } from './stale.js'

/** Reason why a request is forwarded to the handler: values of `fwd` (RFC 9211 §2.2). */
export type ForwardReason = 'uri-miss' | 'vary-miss' | 'stale' | 'request' | 'partial'

/**
 * Decision on a request:
 * - `serve` a fresh page;
 * - `serve-stale`: serve a stale one, which the client allows, or while it is revalidated;
 * - `validate`: forward as a conditional request (RFC 9111 §4.3.1);
 * - `complete`: forward as a range request for the missing bytes of a part (§3.4);
 * - `miss`: forward as it is; a stale page may still replace an error;
 * - `unsatisfiable`: 504, since the client forbids forwarding and nothing is stored (§5.2.1.7).
 */
export type RequestDecision =
  | { readonly action: 'serve'; readonly page: Page }
  | {
      readonly action: 'serve-stale'
      readonly page: Page
      readonly reason: 'max-stale' | 'stale-while-revalidate'
    }
  | { readonly action: 'validate'; readonly page: Page; readonly reason: ForwardReason }
  | { readonly action: 'complete'; readonly page: Page; readonly range: string; readonly reason: 'partial' }
  | { readonly action: 'miss'; readonly reason: ForwardReason }
  | { readonly action: 'unsatisfiable'; readonly reason: ForwardReason }

/** Request presented to the cache (RFC 9111 §4), and what the lookup found. */
export interface PresentedRequest extends StaleRules {
  readonly method: string
  readonly requestHeaders: HeaderMap
  /** Page that the lookup found. */
  readonly page: Page | undefined
  /** The URL has a vary record: a miss is then a vary-miss. */
  readonly hadRecord: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  /** A soft purge made the page stale. @default false */
  readonly isSoftPurged?: boolean
  /**
   * `true`: no background request can be made, so stale pages are not served while one runs;
   * `'at-once'`: the request itself is there to refresh the page. @default false
   */
  readonly refreshing?: boolean | 'at-once'
  /** Bytes of the longest body that is stored: a longer one is not completed. @default no bound */
  readonly maxBodyBytes?: number
}

/**
 * Decides what happens to a request (RFC 9111 §4). Under policy 'django' its Cache-Control is
 * ignored, so that clients can't put load on the handler.
 */
export function decideRequest(it: PresentedRequest): RequestDecision {
  const { page, policy, hadRecord, now } = it
  const control = policy === 'django' ? undefined : requestControl(it.requestHeaders)
  const reason = control === undefined ? undefined : refusedByRequest(control, page, now)
  const answers = page !== undefined && (page.status !== 206 || holdsRange(it, page))
  if (answers && reason === undefined) {
    if (page.isFresh(now) && it.isSoftPurged !== true && it.refreshing !== 'at-once')
      return { action: 'serve', page }
    const stale = staleReason(it, control, page)
    if (stale !== undefined) return { action: 'serve-stale', page, reason: stale }
  }
  const forward = reason ?? forwardReason(page, answers, hadRecord)
  // RFC 9111 §5.2.1.7.
  if (control?.has('only-if-cached') === true) return { action: 'unsatisfiable', reason: forward }
  if (page === undefined || control?.has('no-store') === true) return { action: 'miss', reason: forward }
  return forwardWith(it, page, answers, forward)
}

function forwardReason(page: Page | undefined, answers: boolean, hadRecord: boolean): ForwardReason {
  if (page !== undefined) return answers ? 'stale' : 'partial'
  return hadRecord ? 'vary-miss' : 'uri-miss'
}

function forwardWith(
  it: PresentedRequest,
  page: Page,
  answers: boolean,
  reason: ForwardReason,
): RequestDecision {
  // RFC 9110 §13.1.2: If-None-Match makes an unsafe method fail instead of validating.
  if (answers && hasValidator(page) && isSafe(it.method)) return { action: 'validate', page, reason }
  const whole = it.method === 'GET' && it.requestHeaders.range === undefined
  if (page.status === 206 && whole && !it.refreshing) {
    const { part, body } = page
    const isTooLong = (part?.total ?? 0) > (it.maxBodyBytes ?? Number.POSITIVE_INFINITY)
    const range = part === undefined || isTooLong ? undefined : missingRange({ range: part, body })
    // RFC 9111 §3.4: parts are combined under the same strong validator only. A handler without
    // ranges sends the whole; where the parts don't match, the whole is requested again.
    if (range !== undefined) return { action: 'complete', page, range, reason: 'partial' }
  }
  return { action: 'miss', reason }
}

function holdsRange({ method, requestHeaders, now }: PresentedRequest, page: Page): boolean {
  return sliceForRequest(page, method, requestHeaders, now) !== undefined
}

/** Returns whether a page can be validated (RFC 9111 §4.3.1). */
export function hasValidator(page: Page): boolean {
  return page.etag !== undefined || page.lastModified !== undefined
}

function staleReason(
  it: PresentedRequest,
  control: CacheControl | undefined,
  page: Page,
): 'max-stale' | 'stale-while-revalidate' | undefined {
  if (it.refreshing === 'at-once') return undefined
  const staleness = -page.ttl(it.now)
  if (control !== undefined && clientTakesStale(control, page, staleness)) return 'max-stale'
  if (it.refreshing !== undefined && it.refreshing !== false) return undefined
  const { whileRevalidate } = staleUse(page.control, isExplicit(page.basis), it)
  return whileRevalidate > 0 && staleness <= whileRevalidate ? 'stale-while-revalidate' : undefined
}

const noCache = parseCacheControl('no-cache')
const nothing = parseCacheControl(undefined)

/** RFC 9111 §5.4: `Pragma: no-cache` counts where Cache-Control is absent. */
function requestControl(headers: HeaderMap): CacheControl {
  const value = headers['cache-control']
  if (value !== undefined) return parseCacheControl(value)
  return headers.pragma !== undefined && parseCacheControl(headers.pragma).has('no-cache') ? noCache : nothing
}

/** RFC 9111 §5.2.1: directives by which a client refuses a stored response. */
function refusedByRequest(
  control: CacheControl,
  page: Page | undefined,
  now: number,
): ForwardReason | undefined {
  if (control.size === 0) return undefined
  // RFC 9111 §5.2.1.4, §5.2.1.5.
  if (control.has('no-cache') || control.has('no-store')) return 'request'
  if (page === undefined) return undefined
  const maxAge = control.seconds('max-age')
  // RFC 9111 §5.2.1.1, §5.2.1.2: max-stale extends the page's lifetime, not the client's max-age.
  if (maxAge !== undefined && page.age(now) > maxAge && !isImmutable(page, now)) return 'request'
  // RFC 9111 §5.2.1.3.
  const minFresh = control.seconds('min-fresh')
  return minFresh !== undefined && page.ttl(now) < minFresh ? 'request' : undefined
}

/** RFC 8246 §2: an immutable page is not validated while it is fresh, not even on a reload. */
function isImmutable(page: Page, now: number): boolean {
  return page.isFresh(now) && page.control.has('immutable')
}

/**
 * RFC 9111 §4.2.4, §5.2.1.2: max-stale extends an explicit lifetime, where no directive of the page
 * forbids stale use. It opens no page that is stored to be validated at each use.
 */
function clientTakesStale(control: CacheControl, page: Page, staleness: number): boolean {
  if (!control.has('max-stale') || !isExplicit(page.basis) || forbidsStale(page.control)) return false
  const limit =
    control.argument('max-stale') === undefined
      ? Number.POSITIVE_INFINITY
      : (control.seconds('max-stale') ?? 0)
  return staleness <= limit
}
