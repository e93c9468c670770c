import type { CacheInternals } from './internals.js'
import type { SetArgument } from './options.js'
import type { Target } from './values.js'

/**
 * Returns the full key of a call, with its options parsed.
 *
 * @throws SettingsError for a timeout that can't be read; ValueError for a key, version or tags
 * that are none.
 */
export function targetOf(
  { keys, values }: CacheInternals,
  key: string,
  options: SetArgument | undefined,
): Target {
  const parsed = values.parseOptions(options)
  return { ...parsed, fullKey: keys.checked(key, parsed.version) }
}
