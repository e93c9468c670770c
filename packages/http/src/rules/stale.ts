import type { CacheControl } from '../fields/cache-control.js'
import type { Policy } from './freshness.js'

/** How long a page may be used beyond its lifetime, in seconds; Infinity: as long as it is there. */
export interface StaleUse {
  /** While a newer one is being made (RFC 5861 §3). */
  readonly whileRevalidate: number
  /** In place of an error (RFC 5861 §4; RFC 9111 §4.2.4). */
  readonly ifError: number
}

/** What an application allows where the response says nothing, in seconds. */
export interface StaleRules {
  readonly policy: Policy
  readonly staleWhileRevalidate?: number | undefined
  readonly staleIfError?: number | undefined
}

/** RFC 9111 §4.2.4, §5.2.2.2, §5.2.2.8, §5.2.2.10: directives after which a stale page must not be used unasked. */
const forbidding = ['must-revalidate', 'proxy-revalidate', 's-maxage', 'no-cache']

const never: StaleUse = { whileRevalidate: 0, ifError: 0 }

/** Does a response forbid all use of it once it is stale? */
export function forbidsStale(control: CacheControl): boolean {
  return control.size > 0 && forbidding.some((name) => control.has(name))
}

/**
 * What a response and the application together allow. The response's own directives outrank the application's options; under
 * policy 'django' they are for others.
 */
export function staleUse(control: CacheControl, rules: StaleRules): StaleUse {
  if (forbidsStale(control)) return never
  const obeyed = rules.policy === 'rfc9111'
  const own = (name: string): number | undefined => (obeyed ? control.seconds(name) : undefined)
  return {
    whileRevalidate: own('stale-while-revalidate') ?? rules.staleWhileRevalidate ?? 0,
    // §4.2.4: a cache that is cut off from its origin may use what it has.
    ifError: own('stale-if-error') ?? rules.staleIfError ?? (obeyed ? Number.POSITIVE_INFINITY : 0),
  }
}

/** Seconds: a minute at the least, as long again as it was fresh, and a day at the most. */
const [MIN_KEPT, MAX_KEPT] = [60, 24 * 60 * 60]

/**
 * Seconds for which a page is worth keeping once it is stale: as long as it may be used then, and, where a handler may be asked
 * whether it still holds, about as long again as it was fresh.
 */
export function keptStale(lifetime: number, use: StaleUse, policy: Policy): number {
  const allowed = Math.max(use.whileRevalidate, use.ifError)
  const asked = policy === 'django' ? 0 : Math.min(Math.max(lifetime, MIN_KEPT), MAX_KEPT)
  return Number.isFinite(allowed) ? Math.max(allowed, asked) : asked
}

/** A page, as far as its use in place of an error goes. */
interface StalePage {
  readonly status: number
  readonly control: CacheControl
  ttl(now: number): number
}

/**
 * May a stored page be given in place of an error of the handler (RFC 9111 §4.2.4; RFC 5861 §4)? The client may ask for more than the
 * page or the application allow, but not for what a directive of the page forbids.
 *
 * @param requestControl the request's Cache-Control, where it counts
 */
export function staleMayReplaceError(
  page: StalePage,
  rules: StaleRules,
  requestControl: CacheControl | undefined,
  now: number,
): boolean {
  if (page.status >= 500 || forbidsStale(page.control)) return false
  // §5.2.1.4: nothing that is stored, without the handler's word.
  if (requestControl?.has('no-cache') === true) return false
  const allowed = Math.max(
    staleUse(page.control, rules).ifError,
    requestControl?.seconds('stale-if-error') ?? 0,
  )
  return allowed > 0 && -page.ttl(now) <= allowed
}
