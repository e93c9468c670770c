import type { Cache } from '@sitecache/core'
import type { Origin } from '../node/request-target.js'

/** A flood of invented Host fields must not grow this. */
const MAX_ORIGINS = 100

const known = new WeakMap<Cache, Map<string, Origin>>()

/**
 * Remembers under which scheme and host pages were stored, so that one can be named by its path
 * alone.
 */
export function rememberHost(cache: Cache, origin: Origin): void {
  const origins = known.get(cache) ?? new Map<string, Origin>()
  const name = `${origin.scheme}://${origin.host}`
  if (origins.has(name)) return
  known.set(cache, origins.set(name, origin))
  const [oldest] = origins.keys()
  if (origins.size > MAX_ORIGINS && oldest !== undefined) origins.delete(oldest)
}

/** The schemes and hosts of which this process has stored pages in a cache. */
export function knownHosts(cache: Cache): readonly Origin[] {
  return [...(known.get(cache)?.values() ?? [])]
}
