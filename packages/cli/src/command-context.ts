import type { Cache, Caches } from '@sitecache/core'
import type { Report } from './report.js'

/** What a command works with. */
export interface CommandContext {
  readonly caches: Caches
  readonly report: Report
}

/** All caches, by alias. */
export function everyCache(caches: Caches): Cache[] {
  return [...caches].map((alias) => caches.get(alias))
}

/** Runs an operation of a cache. A store that fails rejects it, where an application would be told of a miss. */
export async function strictly<T>(cache: Cache, operation: () => Promise<T>): Promise<T> {
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
