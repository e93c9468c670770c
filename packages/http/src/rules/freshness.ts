import type { CacheControl } from '../fields/cache-control.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { parseHttpDate } from '../fields/http-date.js'
import { effectiveControl } from '../fields/targeted.js'

/** `'django'`: Django's rules; `'rfc9111'`: those of an HTTP shared cache. */
export type Policy = 'django' | 'rfc9111'

/** Freshness lifetime of a response, and where it comes from. */
export interface Lifetime {
  /** Infinity: it never expires. */
  readonly seconds: number
  readonly source: 'timeout' | 's-maxage' | 'max-age' | 'expires' | 'site' | 'heuristic' | 'none'
}

/** Facts that decide a response's freshness lifetime. */
export interface LifetimeFacts {
  readonly policy: Policy
  /**
   * Timeout of `cachePage`, in seconds: outranks what the response says. null: never expires;
   * undefined: none.
   */
  readonly timeout?: number | null | undefined
  /** Timeout of the site, in seconds: used where the response says nothing (policy 'django'). */
  readonly siteTimeout: number | null
  readonly status: number
  /** Statuses that the application named. @default none */
  readonly statuses?: ReadonlySet<number> | undefined
  /** Headers of the response, names in lower case. */
  readonly headers: HeaderMap
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Targeted fields that outrank Cache-Control, in lower case (RFC 9213 §2.2). @default none */
  readonly targeted?: readonly string[]
}

/** RFC 9110 §15.1: statuses that may be reused without explicit freshness. */
const heuristicStatuses = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501])
/** RFC 9111 §4.2.2: a tenth of the time since the last change. */
const HEURISTIC_SHARE = 0.1
/** Seconds. */
const MAX_HEURISTIC = 24 * 60 * 60

/**
 * Returns the freshness lifetime of a response: `cachePage`'s timeout, else what the response says
 * (RFC 9111 §4.2.1), else the site's timeout (policy 'django') or a heuristic (§4.2.2). The timeout
 * is for the page: an error, a redirect or a 404 lives as long as it says itself.
 */
export function freshnessLifetime(facts: LifetimeFacts): Lifetime {
  const { timeout, headers, policy, siteTimeout } = facts
  if (timeout !== undefined && isPageStatus(facts))
    return { seconds: timeout ?? Number.POSITIVE_INFINITY, source: 'timeout' }
  const { directives, targeted } = effectiveControl(headers, facts.targeted)
  // §4.2.1: s-maxage outranks max-age in a shared cache, and max-age outranks Expires.
  const sharedAge = directives.seconds('s-maxage')
  if (sharedAge !== undefined) return { seconds: sharedAge, source: 's-maxage' }
  const maxAge = directives.seconds('max-age')
  if (maxAge !== undefined) return { seconds: maxAge, source: 'max-age' }
  // RFC 9213 §2.2: a targeted field replaces Expires too.
  const expires = targeted === undefined ? fieldValue(headers, 'expires') : undefined
  if (expires !== undefined) return { seconds: untilExpires(expires, headers, facts.now), source: 'expires' }
  if (policy === 'django') return { seconds: siteTimeout ?? Number.POSITIVE_INFINITY, source: 'site' }
  return timeout === undefined ? heuristicLifetime(facts, directives) : { seconds: 0, source: 'none' }
}

/** Returns whether a status is of a page that the timeout of its route is meant for. */
function isPageStatus({ status, statuses }: LifetimeFacts): boolean {
  return (status >= 200 && status <= 299) || statuses?.has(status) === true
}

/** RFC 9111 §5.3: an invalid date, such as `0`, means that the response has expired. */
function untilExpires(expires: string, headers: HeaderMap, now: number): number {
  const date = parseHttpDate(fieldValue(headers, 'date') ?? '', now) ?? now
  const at = parseHttpDate(expires, now)
  return at === undefined ? 0 : Math.floor((at - date) / 1000)
}

function heuristicLifetime({ headers, status, now }: LifetimeFacts, control: CacheControl): Lifetime {
  if (!mayBeHeuristic(status, control)) return { seconds: 0, source: 'none' }
  const modified = parseHttpDate(fieldValue(headers, 'last-modified') ?? '', now)
  // No date to calculate from: stale from the start, but may be stored for validation (§3).
  if (modified === undefined) return { seconds: 0, source: 'heuristic' }
  const date = parseHttpDate(fieldValue(headers, 'date') ?? '', now) ?? now
  const seconds = Math.floor(((date - modified) / 1000) * HEURISTIC_SHARE)
  return { seconds: Math.max(0, Math.min(seconds, MAX_HEURISTIC)), source: 'heuristic' }
}

/** RFC 9111 §4.2.2: only these responses may have a heuristic lifetime. */
function mayBeHeuristic(status: number, control: CacheControl): boolean {
  return heuristicStatuses.has(status) || control.has('public')
}

/**
 * Returns corrected_initial_age (RFC 9111 §4.2.3), in seconds.
 *
 * @param headers of the response, names in lower case
 * @param requestTime when the handler was called, in milliseconds since the epoch
 * @param responseTime when its head came, in milliseconds since the epoch
 */
export function initialAge(headers: HeaderMap, requestTime: number, responseTime: number): number {
  const date = parseHttpDate(fieldValue(headers, 'date') ?? '', responseTime)
  const apparent = date === undefined ? 0 : Math.max(0, (responseTime - date) / 1000)
  const delay = Math.max(0, (responseTime - requestTime) / 1000)
  return Math.max(apparent, ageValue(headers) + delay)
}

/** RFC 9111 §5.1: the first of several counts; an invalid one is ignored. */
function ageValue(headers: HeaderMap): number {
  const [first = ''] = (fieldValue(headers, 'age') ?? '').split(',')
  return /^\d+$/.test(first.trim()) ? Math.min(Number(first), 2 ** 31) : 0
}
