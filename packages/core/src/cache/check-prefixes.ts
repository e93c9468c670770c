import { SettingsError } from '../errors.js'
import { defaultKeyFunction } from './key.js'
import type { ParsedSettings } from './settings.js'

/**
 * Full keys are `prefix:version:key`, as Django makes them, where a prefix may hold colons: in one store the prefix `a` has under
 * the key `1:k` what the prefix `a:1` has under `k`, and to clear `a` clears `a:1` and `a:b`. Keys of a cache's own `keyFunction`
 * are its author's affair.
 *
 * @throws SettingsError for two caches on one store, one of whose prefixes is the other's up to a colon.
 */
export function checkPrefixes(settings: ReadonlyMap<string, ParsedSettings>): void {
  const known = [...settings].filter(([, { keyFunction }]) => keyFunction === defaultKeyFunction)
  for (const [short, { keyPrefix, store }] of known) {
    const reached = known.find(
      ([, other]) => other.store === store && other.keyPrefix.startsWith(`${keyPrefix}:`),
    )
    if (reached === undefined) continue
    const [alias, { keyPrefix: longer }] = reached
    throw new SettingsError(
      `caches.${alias}.keyPrefix must be another on the store that it shares with caches.${short}: keys of the prefix ` +
        `'${longer}' are also keys of '${keyPrefix}', whose clear() would drop them; got '${longer}'. ` +
        `Use '${longer.replaceAll(':', '-')}', or a store for each`,
    )
  }
}
