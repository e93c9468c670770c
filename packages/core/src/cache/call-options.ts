import { checkOptionNames } from '../options/check-options.js'
import type { VersionOptions } from './options.js'

/** Names of the options of `set`, `add` and `setMany`. */
export const SET_OPTIONS = ['timeout', 'version', 'tags'] as const

/** Names of the options of `getOrSet`. */
export const GET_OR_SET_OPTIONS = [
  ...SET_OPTIONS,
  'staleWhileRevalidate',
  'staleIfError',
  'earlyRefresh',
  'lock',
  'lockTimeout',
  'jitter',
] as const

/**
 * Returns the version in the options of a call.
 *
 * @param known names of the options that the call has
 * @throws SettingsError for an unknown option.
 */
export function versionIn(
  options: VersionOptions | undefined,
  operation: string,
  known: readonly string[] = ['version'],
): number | undefined {
  if (options === undefined) return undefined
  checkOptionNames(options, known, `${operation}()`)
  return options.version
}
