import {
  formatHttpDate,
  freshnessLifetime,
  initialAge,
  type ResponseFacts,
  storability,
} from '@sitecache/http'
import CachePolicy from 'http-cache-semantics'

/** What is compared. */
export type Comparison = 'storable' | 'lifetime' | 'age'

/** A GET and its response. Headers by names in lower case, a line each, as http-cache-semantics takes them. */
export interface Case {
  readonly status: number
  readonly request: Readonly<Record<string, string>>
  readonly response: Readonly<Record<string, string>>
  /** Seconds from the response to the moment of asking. */
  readonly later: number
}

export const now = Date.UTC(2026, 5, 1, 12)
export const DAY = 24 * 60 * 60
/** The HTTP-date so many seconds from now. */
export const at = (seconds: number): string => formatHttpDate(now + seconds * 1000)

/** What this package decides. */
export function ours({ status, request, response, later }: Case): Record<Comparison, unknown> {
  const facts: ResponseFacts = {
    policy: 'rfc9111',
    siteTimeout: null,
    status,
    headers: response,
    method: 'GET',
    requestHeaders: request,
    setCookie: 'store',
    maxBodyBytes: Number.POSITIVE_INFINITY,
    now,
  }
  const judgement = storability(facts)
  // What is only not worth keeping (stale from the start, and nothing to ask about it with) RFC 9111 §3 would let be stored.
  const allowed =
    judgement.storable || (judgement.reason === 'not-fresh' && judgement.lifetime?.source !== 'none')
  const seconds = judgement.storable ? judgement.lifetime.seconds : freshnessLifetime(facts).seconds
  const age = Math.floor(initialAge(response, now, now) + later)
  return { storable: allowed, lifetime: allowed ? Math.max(0, seconds) : undefined, age }
}

/** What http-cache-semantics decides. */
export function theirs({ status, request, response, later }: Case): Record<Comparison, unknown> {
  let clock = now
  class Clocked extends CachePolicy {
    now(): number {
      return clock
    }
  }
  const policy = new Clocked({ method: 'GET', url: '/', headers: request }, { status, headers: response })
  const lifetime = policy.storable()
    ? Math.floor((policy as unknown as { maxAge(): number }).maxAge())
    : undefined
  clock += later * 1000
  return { storable: policy.storable(), lifetime, age: Math.floor(policy.age()) }
}
