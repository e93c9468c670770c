import type { CacheControlChanges } from './cache-control-changes.js'
import { directiveName } from './patch-cache-control.js'

/** Directives that let caches store or reuse a response, or say for how long. */
const permissive: ReadonlySet<string> = new Set([
  'immutable',
  'max-age',
  'must-understand',
  'public',
  's-maxage',
  'stale-if-error',
  'stale-while-revalidate',
])

/**
 * Returns the changes without directives that allow caches more: what holds for an error too, of
 * which a page's lifetime is not said (Django's decorator never sees an exception).
 */
export function stricterChanges(changes: CacheControlChanges): CacheControlChanges {
  return Object.fromEntries(Object.entries(changes).filter(([name]) => !permissive.has(directiveName(name))))
}
