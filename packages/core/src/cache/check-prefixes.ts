import { SettingsError } from '../errors.js'
import { defaultKeyFunction } from './key.js'
import type { ParsedSettings } from './settings.js'

/**
 * Refuses prefixes of which one reaches the other's keys. Full keys are `prefix:version:key`, as in
 * Django, and a prefix may hold colons: in one store the key `1:k` of prefix `a` is the key `k` of
 * prefix `a:1`, and clearing `a` clears `a:1` and `a:b`. Caches with a `keyFunction` of their own
 * are not checked.
 *
 * @throws SettingsError for two caches on one store, one of whose prefixes is the other's up to a
 * colon.
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
