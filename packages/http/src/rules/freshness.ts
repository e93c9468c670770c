import type { CacheControl } from '../fields/cache-control.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { parseHttpDate } from '../fields/http-date.js'
import { effectiveControl } from '../fields/targeted.js'

/** `'django'`: Django's rules; `'rfc9111'`: those of an HTTP shared cache. */
export type Policy = 'django' | 'rfc9111'

/** How long a response is fresh, and what says so. */
export interface Lifetime {
  /** Infinity: never expires. */
  readonly seconds: number
  readonly source: 'timeout' | 's-maxage' | 'max-age' | 'expires' | 'site' | 'heuristic' | 'none'
}

/** What a response's freshness lifetime is worked out from. */
export interface LifetimeFacts {
  readonly policy: Policy
  /** `cachePage`'s, in seconds: outranks all. null: never expires; undefined: there is none. */
  readonly timeout?: number | null | undefined
  /** The site's, in seconds: stands in where the response says nothing (policy 'django'). */
  readonly siteTimeout: number | null
  readonly status: number
  readonly headers: HeaderMap
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Targeted fields that are obeyed before Cache-Control, in lower case (RFC 9213 §2.2). */
  readonly targeted?: readonly string[]
}

/** RFC 9110 §15.1: statuses that may be reused without explicit freshness; 206 (partial) is another page's part. */
const heuristicStatuses = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501])
/** RFC 9111 §4.2.2: a tenth of the time since the last change; a day at the most. */
const HEURISTIC_SHARE = 0.1
const MAX_HEURISTIC = 24 * 60 * 60

/** RFC 9111 §4.2.1, behind the application's own word and before its default. */
export function freshnessLifetime(facts: LifetimeFacts): Lifetime {
  const { timeout, headers, policy, siteTimeout } = facts
  if (timeout !== undefined) return { seconds: timeout ?? Number.POSITIVE_INFINITY, source: 'timeout' }
  const { directives, targeted } = effectiveControl(headers, facts.targeted)
  const sharedAge = directives.seconds('s-maxage')
  if (sharedAge !== undefined) return { seconds: sharedAge, source: 's-maxage' }
  const maxAge = directives.seconds('max-age')
  if (maxAge !== undefined) return { seconds: maxAge, source: 'max-age' }
  const expires = targeted === undefined ? fieldValue(headers, 'expires') : undefined
  if (expires !== undefined) return { seconds: untilExpires(expires, headers, facts.now), source: 'expires' }
  if (policy === 'django') return { seconds: siteTimeout ?? Number.POSITIVE_INFINITY, source: 'site' }
  return heuristicLifetime(facts, directives)
}

/** RFC 9111 §5.3: what is no date, such as `0`, has expired. */
function untilExpires(expires: string, headers: HeaderMap, now: number): number {
  const date = parseHttpDate(fieldValue(headers, 'date') ?? '', now) ?? now
  const at = parseHttpDate(expires, now)
  return at === undefined ? 0 : Math.floor((at - date) / 1000)
}

function heuristicLifetime({ headers, status, now }: LifetimeFacts, control: CacheControl): Lifetime {
  if (!mayBeHeuristic(status, control)) return { seconds: 0, source: 'none' }
  const modified = parseHttpDate(fieldValue(headers, 'last-modified') ?? '', now)
  // Nothing to reckon from: it may be kept, to be asked about (§3), and is stale from the start.
  if (modified === undefined) return { seconds: 0, source: 'heuristic' }
  const date = parseHttpDate(fieldValue(headers, 'date') ?? '', now) ?? now
  const seconds = Math.floor(((date - modified) / 1000) * HEURISTIC_SHARE)
  return { seconds: Math.max(0, Math.min(seconds, MAX_HEURISTIC)), source: 'heuristic' }
}

/** RFC 9111 §4.2.2: may a response be kept that doesn't say for how long? */
function mayBeHeuristic(status: number, control: CacheControl): boolean {
  return heuristicStatuses.has(status) || control.has('public')
}

/**
 * RFC 9111 §4.2.3: corrected_initial_age, in seconds.
 *
 * @param requestTime when the handler was asked, in milliseconds since the epoch
 * @param responseTime when its head came
 */
export function initialAge(headers: HeaderMap, requestTime: number, responseTime: number): number {
  const date = parseHttpDate(fieldValue(headers, 'date') ?? '', responseTime)
  const apparent = date === undefined ? 0 : Math.max(0, (responseTime - date) / 1000)
  const delay = Math.max(0, (responseTime - requestTime) / 1000)
  return Math.max(apparent, ageValue(headers) + delay)
}

/** RFC 9111 §5.1: of several the first counts; what can't be read counts for nothing. */
function ageValue(headers: HeaderMap): number {
  const [first = ''] = (fieldValue(headers, 'age') ?? '').split(',')
  return /^\d+$/.test(first.trim()) ? Math.min(Number(first), 2 ** 31) : 0
}
