import { warnOnce } from '../util/warnings.js'

const HOUR = 3600
const DAY = 24 * HOUR
/** Seconds from which a number is looked at: half a minute in milliseconds. */
const LEAST = 30_000
const YEAR = 366 * DAY

/**
 * Warns of a timeout in seconds that looks like milliseconds: a round number of thousands that is
 * neither days nor up to two days of whole hours, or more than a year.
 *
 * @param path names the setting, such as `caches.default.timeout`
 */
export function warnOfMilliseconds(seconds: unknown, path: string): void {
  if (typeof seconds !== 'number' || !looksLikeMilliseconds(seconds)) return
  warnOnce(
    'SITECACHE_TIMEOUT',
    `${path} is ${seconds} seconds, which is ${daysOf(seconds)}: timeouts are seconds, as in HTTP. If milliseconds were ` +
      `meant, say ${seconds / 1000}, or a duration such as '15m'`,
  )
}

function looksLikeMilliseconds(seconds: number): boolean {
  if (seconds < LEAST || !Number.isFinite(seconds)) return false
  if (seconds > YEAR) return true
  if (seconds % 1000 !== 0 || seconds % DAY === 0) return false
  return seconds % HOUR !== 0 || seconds > 2 * DAY
}

function daysOf(seconds: number): string {
  return seconds >= 2 * DAY ? `${Math.round(seconds / DAY)} days` : `${Math.round(seconds / HOUR)} hours`
}
