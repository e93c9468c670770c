import { Cache, Caches, caches as processWide } from '@sitecache/core'
import { checkOptions, refusal, resolveCache } from '@sitecache/core/internal'

/** Options of every adapter. */
export interface FragmentsOptions {
  /** The caches that `using` names. @default the process-wide caches, as `configure` set them */
  readonly caches?: Caches | undefined
}

/**
 * Parses the options of an adapter; returns the caches that keep fragments.
 *
 * @throws SettingsError for an unknown option, or another value than caches
 */
export function parseFragmentsOptions(options: FragmentsOptions, path: string): Caches {
  const caches = (value: unknown, name: string): Caches => {
    if (value instanceof Caches) return value
    throw refusal(name, 'what createCaches() answers', value)
  }
  return checkOptions(options, { caches }, path).caches ?? processWide
}

/**
 * Returns a fragment's cache: that of `using`, else 'fragments' if there is one, else 'default'.
 *
 * @throws UnknownCacheError with the configured aliases; SettingsError for another value than an
 * alias or a cache
 */
export function fragmentCache(caches: Caches, using: unknown, fragment: unknown): Cache {
  if (using === undefined) return resolveCache(caches.has('fragments') ? 'fragments' : 'default', caches)
  if (using instanceof Cache || typeof using === 'string') return resolveCache(using, caches)
  throw refusal(`fragment '${String(fragment)}'.using`, 'the alias of a cache', using)
}
