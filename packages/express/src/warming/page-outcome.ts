import { parseCacheStatus } from '@sitecache/http'

/** What came of asking for a page. */
export interface PageOutcome {
  /** Undefined: there was no response. */
  readonly status: number | undefined
  /** What its Cache-Status said: it was there, it is now, or it may not be. */
  readonly outcome: 'hit' | 'stored' | 'not-stored' | 'failed'
  /**
   * Why it is not stored or failed: the detail of its Cache-Status such as `private`, `status 404`, `timeout`, a code such as
   * `ECONNREFUSED`, or `no Cache-Status`, without which nothing is known.
   */
  readonly reason: string | undefined
}

/** The outcome of a response. An error page that may be kept, for it is in `statuses`, is no failure unless the server's. */
export function outcomeOf(status: number, cacheStatus: string): PageOutcome {
  const own = parseCacheStatus(cacheStatus)
  const byStatus = `status ${status}`
  if (status >= 500) return { status, outcome: 'failed', reason: byStatus }
  // It was made for a visitor who asked at the same time.
  if (own?.hit === true || own?.collapsed === true) return { status, outcome: 'hit', reason: undefined }
  if (own?.stored === true) return { status, outcome: 'stored', reason: undefined }
  if (status >= 400) return { status, outcome: 'failed', reason: byStatus }
  if (own === undefined) return { status, outcome: 'not-stored', reason: 'no Cache-Status' }
  const told = own.detail ?? own.fwd ?? 'unknown'
  return { status, outcome: 'not-stored', reason: status === 200 ? told : byStatus }
}

/** The outcome of a request that broke. Only a code is told: a message may hold what was sent. */
export function outcomeOfError(error: unknown): PageOutcome {
  const code: unknown = Reflect.get(Object(error), 'code')
  return { status: undefined, outcome: 'failed', reason: typeof code === 'string' ? code : 'no response' }
}
