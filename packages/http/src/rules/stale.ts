import type { CacheControl } from '../fields/cache-control.js'
import { isExplicit, type LifetimeBasis } from '../page/basis.js'
import type { Policy } from './freshness.js'

/**
 * How long a page may be used after it turned stale, in seconds; Infinity: as long as it is
 * stored.
 */
export interface StaleUse {
  /** While a background request revalidates it (RFC 5861 §3). */
  readonly whileRevalidate: number
  /** In place of an error (RFC 5861 §4; RFC 9111 §4.2.4). */
  readonly ifError: number
}

/** Options that apply where the response says nothing. */
export interface StaleRules {
  readonly policy: Policy
  /** Seconds. @default 0 */
  readonly staleWhileRevalidate?: number | undefined
  /**
   * Seconds.
   *
   * @default 0; Infinity under policy 'rfc9111' for pages with explicit freshness (RFC 9111 §4.2.4)
   */
  readonly staleIfError?: number | undefined
}

/** RFC 9111 §4.2.4, §5.2.2.2, §5.2.2.4, §5.2.2.8, §5.2.2.10: stale pages must be validated. */
const forbidding = ['must-revalidate', 'proxy-revalidate', 's-maxage', 'no-cache']

const never: StaleUse = { whileRevalidate: 0, ifError: 0 }

/** Returns whether directives forbid all use of a stale page without validation. */
export function forbidsStale(control: CacheControl): boolean {
  return control.size > 0 && forbidding.some((name) => control.has(name))
}

/**
 * Returns how long a stale page may be used. Directives of the response outrank options; under
 * policy 'django' they are for other caches. A page that says nothing of its freshness is validated
 * at each use, unless a directive, or `staleIfError`, allows otherwise.
 *
 * @param explicit the page has explicit freshness (RFC 9111 §4.2.1)
 */
export function staleUse(control: CacheControl, explicit: boolean, rules: StaleRules): StaleUse {
  if (forbidsStale(control)) return never
  const obeyed = rules.policy === 'rfc9111'
  const own = (name: string): number | undefined => (obeyed ? control.seconds(name) : undefined)
  return {
    whileRevalidate: own('stale-while-revalidate') ?? ((explicit && rules.staleWhileRevalidate) || 0),
    // RFC 9111 §4.2.4: a cache that is disconnected from its origin may serve stale pages.
    ifError:
      own('stale-if-error') ?? rules.staleIfError ?? (obeyed && explicit ? Number.POSITIVE_INFINITY : 0),
  }
}

/** Seconds: how long a stale page is stored for validation, at least and at most. */
const [MIN_KEPT, MAX_KEPT] = [60, 24 * 60 * 60]

/**
 * Returns the seconds for which a page stays stored after it turned stale: as long as it may be
 * used, and under policy 'rfc9111' about as long again as it was fresh, for validation (RFC 9111
 * §4.3).
 *
 * @param lifetime seconds
 */
export function keptStale(lifetime: number, use: StaleUse, policy: Policy): number {
  const allowed = Math.max(use.whileRevalidate, use.ifError)
  const forValidation = policy === 'django' ? 0 : Math.min(Math.max(lifetime, MIN_KEPT), MAX_KEPT)
  return Number.isFinite(allowed) ? Math.max(allowed, forValidation) : forValidation
}

/** Properties of a page that decide whether it may replace an error. */
interface StalePage {
  readonly status: number
  readonly control: CacheControl
  readonly basis: LifetimeBasis
  ttl(now: number): number
}

/**
 * Returns whether a stored page may replace an error of the handler (RFC 9111 §4.2.4, RFC 5861 §4).
 * The client may allow more than page and options do, but not what a directive of the page forbids.
 *
 * @param requestControl Cache-Control of the request; undefined where the policy ignores it
 * @param now milliseconds since the epoch
 */
export function staleMayReplaceError(
  page: StalePage,
  rules: StaleRules,
  requestControl: CacheControl | undefined,
  now: number,
): boolean {
  if (page.status >= 500 || forbidsStale(page.control)) return false
  // RFC 9111 §5.2.1.4: the client refuses stored responses that were not validated.
  if (requestControl?.has('no-cache') === true) return false
  const explicit = isExplicit(page.basis)
  const byClient = explicit ? requestControl?.seconds('stale-if-error') : undefined
  const allowed = Math.max(staleUse(page.control, explicit, rules).ifError, byClient ?? 0)
  return allowed > 0 && -page.ttl(now) <= allowed
}
