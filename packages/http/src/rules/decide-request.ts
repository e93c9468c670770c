import { type CacheControl, parseCacheControl } from '../fields/cache-control.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { isSafe } from '../key/content.js'
import type { Page } from '../page/page.js'
import { missingRange } from '../page/partial.js'
import { partAnswer } from '../page/respond.js'
import { forbidsStale, type StaleRules, staleUse } from './stale.js'

/** Why a request goes on to the handler: RFC 9211 §2.2. */
export type ForwardReason = 'uri-miss' | 'vary-miss' | 'stale' | 'request' | 'partial'

/**
 * What to do with a request:
 * - `serve` a fresh page;
 * - `serve-stale`: one that is stale, because its client takes it so, or while a newer one is made;
 * - `validate`: ask the handler whether the page still holds (RFC 9111 §4.3);
 * - `complete`: ask the handler for what is missing of a part (§3.4);
 * - `miss`: ask the handler for a page; the stale one may still stand in for an error;
 * - `unsatisfiable`: 504, for nothing is stored and the handler must not be asked (§5.2.1.7).
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

/** What a decision is made from. */
export interface PresentedRequest extends StaleRules {
  readonly method: string
  readonly requestHeaders: HeaderMap
  /** The stored page for the request, if there is one. */
  readonly page: Page | undefined
  /** Is anything stored under the URL? */
  readonly hadRecord: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  /** A soft purge has left the page as stale. @default false */
  readonly isSoftPurged?: boolean
  /** None can be made behind the client, so that it isn't given a stale page meanwhile; or a new one is wanted. @default false */
  readonly refreshing?: boolean | 'at-once'
}

/**
 * RFC 9111 §4. Under policy 'django' a request's Cache-Control is not looked at, so that clients can't put the handler to
 * work.
 */
export function decideRequest(it: PresentedRequest): RequestDecision {
  const { page, policy, hadRecord, now } = it
  const control = policy === 'django' ? undefined : requestControl(it.requestHeaders)
  const reason = control === undefined ? undefined : refusedByRequest(control, page, now)
  const holds = page !== undefined && (page.status !== 206 || holdsRange(it, page))
  if (holds && reason === undefined) {
    if (page.isFresh(now) && it.isSoftPurged !== true && it.refreshing !== 'at-once')
      return { action: 'serve', page }
    const stale = staleReason(it, control, page)
    if (stale !== undefined) return { action: 'serve-stale', page, reason: stale }
  }
  // RFC 9111 §5.2.1.7.
  const forward = reason ?? forwardReason(page, holds, hadRecord)
  if (control?.has('only-if-cached') === true) return { action: 'unsatisfiable', reason: forward }
  if (page === undefined || control?.has('no-store') === true) return { action: 'miss', reason: forward }
  return askFor(it, page, holds, forward)
}

function forwardReason(page: Page | undefined, holds: boolean, hadRecord: boolean): ForwardReason {
  if (page !== undefined) return holds ? 'stale' : 'partial'
  return hadRecord ? 'vary-miss' : 'uri-miss'
}

function askFor(it: PresentedRequest, page: Page, holds: boolean, reason: ForwardReason): RequestDecision {
  // RFC 9110 §13.1.2: to a method that is not safe If-None-Match says something else.
  if (holds && hasValidator(page) && isSafe(it.method)) return { action: 'validate', page, reason }
  const whole = it.method === 'GET' && it.requestHeaders.range === undefined
  if (page.status === 206 && whole && !it.refreshing) {
    const { part, body } = page
    const range = part === undefined ? undefined : missingRange({ range: part, body })
    // RFC 9111 §3.4: what comes is put together only under the same strong validator. A handler that knows no ranges answers the whole
    // either way; of one that does, the whole is asked for anew where the parts don't fit.
    if (range !== undefined) return { action: 'complete', page, range, reason: 'partial' }
  }
  return { action: 'miss', reason }
}

function holdsRange({ method, requestHeaders, now }: PresentedRequest, page: Page): boolean {
  return partAnswer(page, method, requestHeaders, now) !== undefined
}

/** RFC 9111 §4.3.1: can a handler be asked whether it still holds? */
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
  const { whileRevalidate } = staleUse(page.control, it)
  return whileRevalidate > 0 && staleness <= whileRevalidate ? 'stale-while-revalidate' : undefined
}

const noCache = parseCacheControl('no-cache')
const nothing = parseCacheControl(undefined)

/** RFC 9111 §5.4: Pragma: no-cache counts where there is no Cache-Control. */
function requestControl(headers: HeaderMap): CacheControl {
  const value = headers['cache-control']
  if (value !== undefined) return parseCacheControl(value)
  return headers.pragma !== undefined && parseCacheControl(headers.pragma).has('no-cache') ? noCache : nothing
}

/** RFC 9111 §5.2.1: directives by which a client refuses what is stored. */
function refusedByRequest(
  control: CacheControl,
  page: Page | undefined,
  now: number,
): ForwardReason | undefined {
  if (control.size === 0) return undefined
  if (control.has('no-cache') || control.has('no-store')) return 'request'
  if (page === undefined) return undefined
  const maxAge = control.seconds('max-age')
  // With max-stale a page may be older than its lifetime allows, not older than max-age does.
  if (maxAge !== undefined && page.age(now) > maxAge && !isImmutable(page, now)) return 'request'
  const minFresh = control.seconds('min-fresh')
  return minFresh !== undefined && page.ttl(now) < minFresh ? 'request' : undefined
}

/** RFC 8246 §2: what a page says will not change is not asked about while it is fresh, a reload notwithstanding. */
function isImmutable(page: Page, now: number): boolean {
  return page.isFresh(now) && page.control.has('immutable')
}

/** RFC 9111 §4.2.4, §5.2.1.2: a client takes a stale page where no directive of the page forbids it. */
function clientTakesStale(control: CacheControl, page: Page, staleness: number): boolean {
  if (!control.has('max-stale') || forbidsStale(page.control)) return false
  const limit =
    control.argument('max-stale') === undefined
      ? Number.POSITIVE_INFINITY
      : (control.seconds('max-stale') ?? 0)
  return staleness <= limit
}

/** Why a request can't be looked up at all; undefined: it can. */
export function bypassReason(method: string, headers: HeaderMap): 'method' | 'body' | 'upgrade' | undefined {
  if (method !== 'GET' && method !== 'HEAD') return 'method'
  // The body has no part in the key.
  if (
    headers['transfer-encoding'] !== undefined ||
    (headers['content-length'] !== undefined && fieldValue(headers, 'content-length') !== '0')
  )
    return 'body'
  return headers.upgrade === undefined ? undefined : 'upgrade'
}
