import type { Cache, Caches } from '@sitecache/core'
import type { Report } from './report.js'
import type { RunContext } from './run-context.js'
import { storeBehind } from './stores.js'

/** Context of a command about caches. */
export interface CommandContext {
  readonly caches: Caches
  readonly report: Report
}

/** Context of a command about a running site, which needs no cache. */
export interface SiteContext {
  readonly context: RunContext
  readonly report: Report
}

/** Returns all caches. */
export function everyCache(caches: Caches): Cache[] {
  return [...caches].map((alias) => caches.get(alias))
}

/**
 * Runs an operation of a cache; a failing store rejects it, where an application would get a miss.
 *
 * Connects first: that may take longer than `timeoutMs`, and this process does it every time.
 */
export async function strictly<T>(cache: Cache, operation: () => Promise<T>): Promise<T> {
  await connect(cache)
  let failure: { readonly error: unknown } | undefined
  const stop = cache.on('error', ({ error }) => {
    failure ??= { error }
  })
  try {
    const result = await operation()
    if (failure !== undefined) throw failure.error
    return result
  } finally {
    stop()
  }
}

/**
 * Connects a cache's store. Never rejects: the operation reports a fault, and may need less than
 * the check does.
 */
export async function connect(cache: Cache): Promise<void> {
  await storeBehind(cache)
    .check()
    .catch(() => {})
}
