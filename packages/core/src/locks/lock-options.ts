import { checkOptions, timeout, wholeNumber } from '../options/check-options.js'
import type { Timeout } from '../options/timeout.js'
import type { LeaseOptions } from './lease.js'
import { LEASE_MS } from './locks.js'

/** Options of `lock`. */
export interface LockOptions {
  /** Longest wait for other holders; null: without end; 0: not at all. @default 5 seconds */
  readonly timeout?: Timeout
  /** Part of the key. @default the cache's */
  readonly version?: number
}

/** Reads the options of `lock`; the timeout in seconds, null: without end. */
export function parseLockOptions(options: LockOptions | undefined) {
  const given = checkOptions(options, { timeout, version: wholeNumber() }, 'lock()')
  return { timeout: given.timeout === undefined ? 5 : given.timeout, version: given.version }
}

/** Reads the options of `lease`, with defaults. */
export function parseLeaseOptions(options: LeaseOptions | undefined) {
  const given = checkOptions(options, { ttlMs: wholeNumber(1), version: wholeNumber() }, 'lease()')
  return { ttlMs: given.ttlMs ?? LEASE_MS, version: given.version }
}
