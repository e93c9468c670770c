/** Exclusive right to a key, for a limited time; taken by `lease`. */
export interface Lease {
  /**
   * Fencing token, higher than that of any earlier lease of the cache: a resource can refuse an
   * earlier holder that has not noticed the end of its lease. 0: the store failed, and there is no
   * exclusion.
   */
  readonly token: number
  /** Whether this holder still has it, as far as this process can tell without asking the store. */
  readonly isHeld: boolean
  /**
   * Begins its time anew; resolves to false when it has run out, and another may hold it. Never
   * rejects.
   */
  renew(): Promise<boolean>
  /** Ends it, if this holder still has it. Never rejects. */
  release(): Promise<void>
}

/** Options of `lease`. */
export interface LeaseOptions {
  /** Milliseconds until it runs out, unless it is renewed. @default 5000 */
  readonly ttlMs?: number
  /** Part of the key. @default the cache's */
  readonly version?: number
}

/** Lease without exclusion, for a store that failed. */
export const NO_LEASE: Lease = {
  token: 0,
  isHeld: true,
  renew: async () => true,
  release: async () => {},
}
