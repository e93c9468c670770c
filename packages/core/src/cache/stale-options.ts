import { refusal } from '../options/check-options.js'
import { parseTimeout, type Timeout } from '../options/timeout.js'
import type { GetOrSetOptions } from './options.js'

/**
 * Use of stale values, and of computations by other callers and processes; complete and checked.
 */
export interface StaleOptions {
  /** Milliseconds after its timeout for which a value is served while a new one is computed. */
  readonly whileRevalidateMs: number
  /** Milliseconds after its timeout for which a value is served when the computation fails. */
  readonly ifErrorMs: number
  /** Beta of XFetch; 0: nothing is refreshed early. */
  readonly beta: number
  readonly lock: boolean
  /** Seconds; null: without end. */
  readonly lockTimeout: number | null
  readonly jitter: number
}

const NONE: StaleOptions = {
  whileRevalidateMs: 0,
  ifErrorMs: 0,
  beta: 0,
  lock: false,
  lockTimeout: 5,
  jitter: 0,
}

/** @throws SettingsError naming the option, its value and what is allowed. */
export function parseStaleOptions(options: Timeout | GetOrSetOptions | undefined): StaleOptions {
  if (typeof options !== 'object' || options === null) return NONE
  const { lock = false, lockTimeout = NONE.lockTimeout, earlyRefresh = false, jitter = 0 } = options
  if (typeof lock !== 'boolean') throw refusal('lock', 'true or false', lock)
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1))
    throw refusal('jitter', 'a number from 0 to 1', jitter)
  return {
    whileRevalidateMs: milliseconds(options.staleWhileRevalidate, 'staleWhileRevalidate'),
    ifErrorMs: milliseconds(options.staleIfError, 'staleIfError'),
    beta: parseBeta(earlyRefresh),
    lock,
    lockTimeout: parseTimeout(lockTimeout, 'lockTimeout'),
    jitter,
  }
}

/** Reads a time that has an end: stale for ever would be no timeout at all. */
function milliseconds(given: Timeout | undefined, name: string): number {
  const seconds = parseTimeout(given ?? 0, name)
  if (given !== null && seconds !== null && seconds >= 0) return seconds * 1000
  throw refusal(name, "seconds of at least 0, or a duration such as '15m'", given)
}

function parseBeta(given: unknown): number {
  if (typeof given === 'boolean') return given ? 1 : 0
  if (typeof given === 'number' && given >= 0 && Number.isFinite(given)) return given
  throw refusal('earlyRefresh', 'true, false or a number of at least 0', given)
}
