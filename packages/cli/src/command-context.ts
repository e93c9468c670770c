import type { Cache, Caches } from '@sitecache/core'
import type { Report } from './report.js'
import type { RunContext } from './run-context.js'
import { storeBehind } from './stores.js'

/** What a command works with. */
export interface CommandContext {
  readonly caches: Caches
  readonly report: Report
}

/** What a command works with that asks a site, and needs no cache. */
export interface SiteContext {
  readonly context: RunContext
  readonly report: Report
}

/** All caches, by alias. */
export function everyCache(caches: Caches): Cache[] {
  return [...caches].map((alias) => caches.get(alias))
}

/**
 * Runs an operation of a cache. A store that fails rejects it, where an application would be told of a miss.
 *
 * It connects first: that may take longer than an operation is waited for, which a server does once and we every time.
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

/** Never rejects: what is wrong, the operation itself will tell, which may need less than a check does. */
export async function connect(cache: Cache): Promise<void> {
  await storeBehind(cache)
    .check()
    .catch(() => {})
}
