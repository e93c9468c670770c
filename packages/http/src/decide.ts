import { type CacheControl, parseCacheControl } from './cache-control.js'
import type { Policy } from './freshness.js'
import { fieldValue, type HeaderMap } from './headers.js'
import type { Page } from './page.js'

/** Why a request goes on to the handler: RFC 9211 §2.2. */
export type Forward = 'uri-miss' | 'vary-miss' | 'stale' | 'request'

/** What to do with a request: answer from a page, ask the handler, or say that nothing can be answered (504). */
export type Decision =
  | { readonly action: 'serve'; readonly page: Page }
  | { readonly action: 'miss'; readonly reason: Forward }
  | { readonly action: 'unsatisfiable'; readonly reason: Forward }

/** What a decision is made from. */
export interface LookUp {
  readonly policy: Policy
  readonly requestHeaders: HeaderMap
  /** The stored page for the request, if there is one. */
  readonly page: Page | undefined
  /** Is anything stored under the URL? */
  readonly hadRecord: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * RFC 9111 §4. Under policy 'django' a request's Cache-Control is not looked at, so that clients can't put the handler to
 * work.
 */
export function decide(it: LookUp): Decision {
  const { page, policy, hadRecord, now } = it
  const control = policy === 'django' ? undefined : requestControl(it.requestHeaders)
  const reason = control === undefined ? undefined : refusedByRequest(control, page, now)
  if (page !== undefined && reason === undefined) {
    if (page.isFresh(now) || (control !== undefined && mayBeStale(control, page, now)))
      return { action: 'serve', page }
  }
  const forward = reason ?? (page !== undefined ? 'stale' : hadRecord ? 'vary-miss' : 'uri-miss')
  // RFC 9111 §5.2.1.7.
  return { action: control?.has('only-if-cached') === true ? 'unsatisfiable' : 'miss', reason: forward }
}

const noCache = parseCacheControl('no-cache')

/** RFC 9111 §5.4: Pragma: no-cache counts where there is no Cache-Control. */
function requestControl(headers: HeaderMap): CacheControl {
  const value = headers['cache-control']
  if (value !== undefined) return parseCacheControl(value)
  return parseCacheControl(headers.pragma).has('no-cache') ? noCache : parseCacheControl(undefined)
}

/** RFC 9111 §5.2.1: directives by which a client refuses what is stored. */
function refusedByRequest(control: CacheControl, page: Page | undefined, now: number): Forward | undefined {
  if (control.has('no-cache') || control.has('no-store')) return 'request'
  if (page === undefined) return undefined
  const maxAge = control.seconds('max-age')
  // With max-stale a page may be older than its lifetime allows, not older than max-age does.
  if (maxAge !== undefined && page.age(now) > maxAge) return 'request'
  const minFresh = control.seconds('min-fresh')
  return minFresh !== undefined && page.ttl(now) < minFresh ? 'request' : undefined
}

/** RFC 9111 §4.2.4, §5.2.1.2: a client takes a stale page where no directive of the page forbids it. */
function mayBeStale(control: CacheControl, page: Page, now: number): boolean {
  if (!control.has('max-stale')) return false
  const own = parseCacheControl(linesOf(page, 'cache-control'))
  if (['must-revalidate', 'proxy-revalidate', 's-maxage', 'no-cache'].some((name) => own.has(name)))
    return false
  const limit =
    control.argument('max-stale') === undefined
      ? Number.POSITIVE_INFINITY
      : (control.seconds('max-stale') ?? 0)
  return -page.ttl(now) <= limit
}

/** All values of a header that may stand on several lines. */
function linesOf({ headers }: Page, name: string): readonly string[] {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === name)
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
