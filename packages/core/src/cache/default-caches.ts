import { refusal } from '../options/check-options.js'
import { Cache } from './cache.js'
import { Caches, type CachesOptions, makeCaches } from './caches.js'
import { forwardingCache } from './forwarding-cache.js'
import type { CachesSettings } from './settings.js'

let current = makeCaches({ default: 'memory:' })
const configured = new Caches(() => current)

const forwarding = forwardingCache(() => configured.get('default'))

/**
 * The process-wide cache `default`: one object, which passes on to what `configure` has set last.
 * It may be bound to a name at any time, and listened to before `configure`.
 */
export const cache: Cache = forwarding.cache

class ProcessCaches extends Caches {
  override get(alias: string): Cache {
    return alias === 'default' ? cache : super.get(alias)
  }
}

/** The process-wide caches: of the last `configure`; before it, one memory store. */
export const caches: Caches = new ProcessCaches(() => current)

/**
 * Sets the process-wide caches. Those before are not closed: requests under way may hold them.
 *
 * @throws SettingsError as `createCaches` does, and when there is no `default`; then nothing has
 * changed.
 */
export function configure(settings: CachesSettings, options?: CachesOptions): void {
  const made = makeCaches(settings, options)
  if (!made.has('default'))
    throw refusal('caches.default', 'configured: it is the process-wide cache', undefined)
  current = made
  forwarding.follow()
}

/**
 * Returns the cache that an option names: itself, an alias, or by default the alias 'default'. Of
 * the process-wide `cache` it is the one that is configured now.
 *
 * @param from the caches that aliases are looked up in. @default the process-wide ones
 * @throws UnknownCacheError naming those configured.
 */
export function resolveCache(which: Cache | string | undefined, from: Caches = caches): Cache {
  const named = which instanceof Cache ? which : from.get(which ?? 'default')
  return named === cache ? configured.get('default') : named
}
