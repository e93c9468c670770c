/** What `lease` gives: the sole right to do something, for a while. */
export interface Lease {
  /**
   * Higher than that of any lease of the cache before: what is written with it can refuse an earlier holder that has
   * not noticed that its time is over. 0: the store failed, and keeps nobody out.
   */
  readonly token: number
  /** Whether it is still this holder's, as far as this process can tell without asking. */
  readonly isHeld: boolean
  /** Begins its time anew; false: it has run out, and may be another's. Never rejects. */
  renew(): Promise<boolean>
  /** Gives it up, if it is still this holder's. Never rejects. */
  release(): Promise<void>
}

/** How long a lease is. */
export interface LeaseOptions {
  /** Milliseconds until it runs out, unless it is renewed. @default 5000 */
  readonly ttlMs?: number
  /** Part of the key. @default the cache's */
  readonly version?: number
}

/** A lease that keeps nobody out: of a store that failed. */
export const NO_LEASE: Lease = {
  token: 0,
  isHeld: true,
  renew: async () => true,
  release: async () => {},
}
