import { inspect } from 'node:util'
import ms from 'ms'
import { SettingsError } from '../errors.js'

type UnitName =
  | `${'millisecond' | 'second' | 'minute' | 'hour' | 'day' | 'week' | 'year'}${'' | 's'}`
  | `${'msec' | 'sec' | 'min' | 'hr' | 'yr'}${'' | 's'}`
  | 'ms'
  | 's'
  | 'm'
  | 'h'
  | 'd'
  | 'w'
  | 'y'

/** Duration as the package `ms` reads it: `'15m'`, `'2 days'`, `'90'` (seconds). */
export type Duration =
  | `${number}`
  | `${number}${'' | ' '}${UnitName | Uppercase<UnitName> | Capitalize<UnitName>}`

/**
 * Seconds, or a duration such as '15m'; null: never expires; 0 or less: not stored. Text that is
 * not known before run time becomes one by `parseTimeout` of '@sitecache/core/store'.
 */
export type Timeout = number | Duration | null

/**
 * Reads a timeout; a string of digits is seconds, as in a query string or Django's settings, any
 * other is read by `ms`.
 *
 * @param path names the setting in the error, such as `caches.default.timeout`.
 * @returns seconds; null: never expires
 * @throws SettingsError for anything else.
 */
export function parseTimeout(value: unknown, path: string): number | null {
  if (value === null) return null
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const seconds = typeof value === 'string' ? secondsOf(value.trim()) : undefined
  if (seconds !== undefined) return seconds
  throw new SettingsError(
    `${path} must be seconds, a duration such as '15m', or null (never expires); got ${inspect(value)}`,
  )
}

function secondsOf(text: string): number | undefined {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  if (text === '' || text.length > 100) return undefined
  // For a string that it can't read, ms returns undefined or NaN, depending on its version.
  const duration: unknown = ms(text as ms.StringValue)
  return typeof duration === 'number' && Number.isFinite(duration) ? duration / 1000 : undefined
}

/** Returns the expiry of a timeout in seconds, in milliseconds since the epoch; null: never. */
export function expiryOf(timeout: number | null, now: number): number | null {
  return timeout === null ? null : now + Math.ceil(timeout * 1000)
}
