import { Cache, Caches, caches as processWide } from '@sitecache/core'
import { checkOptions, refusal } from '@sitecache/core/internal'

/** What every adapter can be given. */
export interface FragmentsOptions {
  /** Where `using` looks its alias up. @default the process-wide caches, as `configure` set them */
  readonly caches?: Caches | undefined
}

/**
 * The caches that fragments are kept in.
 *
 * @throws SettingsError for an unknown option, or something else than caches
 */
export function parseFragmentsOptions(options: FragmentsOptions, path: string): Caches {
  const caches = (value: unknown, name: string): Caches => {
    if (value instanceof Caches) return value
    throw refusal(name, 'what createCaches() answers', value)
  }
  return checkOptions(options, { caches }, path).caches ?? processWide
}

/**
 * The cache of a fragment: the one that `using` says; else 'fragments', if there is one, else 'default'.
 *
 * @throws UnknownCacheError naming those configured; SettingsError for something else than an alias or a cache
 */
export function fragmentCache(caches: Caches, using: unknown, fragment: unknown): Cache {
  if (using === undefined) return caches.get(caches.has('fragments') ? 'fragments' : 'default')
  if (using instanceof Cache) return using
  if (typeof using === 'string') return caches.get(using)
  throw refusal(`fragment '${String(fragment)}'.using`, 'the alias of a cache', using)
}
