import { type CacheStatus, parseCacheStatus } from '../fields/cache-status.js'
import { REASONS, type Reason } from './reasons.js'
import type { Result } from './results.js'

/** Outcome of a request, as its response tells it. */
export interface ToldOutcome {
  readonly result: Result
  readonly reason?: Reason | undefined
  /** Seconds for which the page stays fresh; negative: stale. */
  readonly ttl?: number | undefined
  /** Seconds. */
  readonly age?: number | undefined
}

/**
 * Returns the outcome that Cache-Status (RFC 9211) tells of the sitecache that is nearest to the
 * client. A page that was filled is told as a hit.
 *
 * @param age seconds of the field Age
 * @returns undefined where no sitecache tells of itself
 */
export function toldOutcome(cacheStatus: string, age: number): ToldOutcome | undefined {
  const told = parseCacheStatus(cacheStatus)
  if (told === undefined) return undefined
  const result = resultOf(told)
  const { detail, fwd, hit, ttl } = told
  const word = detail ?? (result === 'bypass' ? fwd : undefined)
  const reason = word !== undefined && Object.hasOwn(REASONS, word) ? (word as Reason) : undefined
  return { result, ...(reason && { reason }), ...(hit === true && { ttl, age }) }
}

function resultOf({ hit, ttl, fwd, fwdStatus, stored, collapsed, detail }: CacheStatus): Result {
  if (hit === true) return (ttl ?? 0) < 0 ? 'stale' : 'hit'
  if (detail === 'stale-if-error') return 'stale'
  if (fwdStatus === 304) return 'revalidated'
  if (collapsed === true) return 'collapsed'
  if (stored === true) return 'miss'
  if (fwd === 'bypass' || fwd === 'method') return 'bypass'
  return detail === 'only-if-cached' ? 'unsatisfiable' : 'unstorable'
}
