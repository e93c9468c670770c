import { type Cache, createCaches, memoryStore } from '@sitecache/express'

/** A cache of its own for one test. */
export function freshCache(): Cache {
  return createCaches({ default: { store: memoryStore() } }).get('default')
}
