import { refusal } from '../options/check-options.js'
import { Cache } from './cache.js'
import { Caches, type CachesOptions, makeCaches } from './caches.js'
import type { CachesSettings } from './settings.js'

let current = makeCaches({ default: 'memory:' })

/** The process-wide caches: of the last `configure`; before it, one memory store. */
export const caches = new Caches(() => current)

/**
 * The process-wide cache `default`: a live binding, which is another cache after `configure`.
 * CommonJS reads it anew from the module object, or asks `caches.get('default')`.
 */
export let cache = caches.get('default')

/**
 * Sets the process-wide caches. Those before are not closed: requests under way may hold them.
 *
 * @throws SettingsError as `createCaches` does, and when there is no `default`; then nothing has
 * changed.
 */
export function configure(settings: CachesSettings, options?: CachesOptions): void {
  const made = makeCaches(settings, options)
  const first = made.get('default')
  if (first === undefined)
    throw refusal('caches.default', 'configured: it is the process-wide cache', undefined)
  current = made
  cache = first
}

/**
 * Returns the cache that an option names: itself, an alias, or by default the alias 'default'.
 *
 * @param from the caches that aliases are looked up in. @default the process-wide ones
 * @throws UnknownCacheError naming those configured.
 */
export function resolveCache(which: Cache | string | undefined, from: Caches = caches): Cache {
  return which instanceof Cache ? which : from.get(which ?? 'default')
}
