import { SET_OPTIONS } from './call-options.js'
import type { CacheInternals } from './internals.js'
import type { SetArgument } from './options.js'
import type { Target } from './values.js'

/**
 * Returns the full key of a call, with its options parsed.
 *
 * @param operation names the call in errors
 * @param known names of the options that the call has
 * @throws SettingsError for an unknown option, or a timeout that can't be read; ValueError for a
 * key, version or tags that are none.
 */
export function targetOf(
  { keys, values }: CacheInternals,
  key: string,
  options: SetArgument | undefined,
  operation: string,
  known: readonly string[] = SET_OPTIONS,
): Target {
  const parsed = values.parseOptions(options, known, `${operation}()`)
  return { ...parsed, fullKey: keys.checked(key, parsed.version) }
}
