import type { Cache } from '@sitecache/core'

/** Purges that are remembered: the newest. */
const MAX_REPLACED = 10_000

const byCache = new WeakMap<Cache, Set<string>>()

/** Remembers a fence that a purge of this process replaces. */
export function noteReplaced(cache: Cache, fence: string): void {
  if (fence === '') return
  const replaced = byCache.get(cache) ?? new Set()
  byCache.set(cache, replaced.add(fence))
  const [oldest] = replaced
  if (replaced.size > MAX_REPLACED && oldest !== undefined) replaced.delete(oldest)
}

/**
 * Whether a fence that is read was replaced by a purge of this process: the store has come back
 * with what it held before, such as an older snapshot. No fence is made twice.
 */
export function isReplaced(cache: Cache, fence: string): boolean {
  return byCache.get(cache)?.has(fence) === true
}

/** Forgets them, once a new era has made void what they stood for. */
export function forgetReplaced(cache: Cache): void {
  byCache.delete(cache)
}
