import type { Cache } from '@sitecache/core'

const underWay = new WeakMap<Cache, Map<string, Promise<unknown>>>()

/** Runs one function at a time per key of a cache; concurrent callers get its result. */
export function once<T>(cache: Cache, key: string, fn: () => Promise<T>): Promise<T> {
  const ofCache = underWay.get(cache) ?? new Map<string, Promise<unknown>>()
  underWay.set(cache, ofCache)
  const running = ofCache.get(key)
  // One key always has the same T.
  if (running !== undefined) return running as Promise<T>
  const result = fn().finally(() => ofCache.delete(key))
  ofCache.set(key, result)
  return result
}
