import type { Cache } from '@sitecache/core'

const underWay = new WeakMap<Cache, Map<string, Promise<unknown>>>()

/** Runs one function at a time per key of a cache; those who come meanwhile get its result. */
export function once<T>(cache: Cache, key: string, fn: () => Promise<T>): Promise<T> {
  const ofCache = underWay.get(cache) ?? new Map<string, Promise<unknown>>()
  underWay.set(cache, ofCache)
  const running = ofCache.get(key)
  // The same key is always asked for with the same T.
  if (running !== undefined) return running as Promise<T>
  const result = fn().finally(() => ofCache.delete(key))
  ofCache.set(key, result)
  return result
}
