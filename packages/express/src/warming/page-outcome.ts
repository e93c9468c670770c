import { parseCacheStatus } from '@sitecache/http'

/** Outcome of a request for a page. */
export interface PageOutcome {
  /** Undefined: there was no response. */
  readonly status: number | undefined
  /** Outcome by its Cache-Status: stored before, stored now, or not stored. */
  readonly outcome: 'hit' | 'stored' | 'not-stored' | 'failed'
  /**
   * Reason why it is not stored or failed: a detail of Cache-Status such as `private`,
   * `status 404`, `timeout`, a code such as `ECONNREFUSED`, or `no Cache-Status`.
   */
  readonly reason: string | undefined
}

/**
 * Returns the outcome of a response. A client error that `statuses` lets be stored is no failure.
 */
export function outcomeOf(status: number, cacheStatus: string): PageOutcome {
  const member = parseCacheStatus(cacheStatus)
  const byStatus = `status ${status}`
  if (status >= 500) return { status, outcome: 'failed', reason: byStatus }
  // It was rendered for another visitor's request at the same time.
  if (member?.hit === true || member?.collapsed === true) return { status, outcome: 'hit', reason: undefined }
  if (member?.stored === true) return { status, outcome: 'stored', reason: undefined }
  if (status >= 400) return { status, outcome: 'failed', reason: byStatus }
  if (member === undefined) return { status, outcome: 'not-stored', reason: 'no Cache-Status' }
  const reason = member.detail ?? member.fwd ?? 'unknown'
  return { status, outcome: 'not-stored', reason: status === 200 ? reason : byStatus }
}

/**
 * Whether a response may be stored once its body has come: its Cache-Status says so, or nothing
 * against it. Of some pages the body decides.
 */
export function isPerhapsStored(cacheStatus: string): boolean {
  const member = parseCacheStatus(cacheStatus)
  return (
    member === undefined || (member.hit !== true && member.collapsed !== true && member.detail === undefined)
  )
}

/**
 * Returns the outcome of a request that broke. Shows a code alone: a message may hold sent data.
 */
export function outcomeOfError(error: unknown): PageOutcome {
  const code: unknown = Reflect.get(Object(error), 'code')
  return { status: undefined, outcome: 'failed', reason: typeof code === 'string' ? code : 'no response' }
}
