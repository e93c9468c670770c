import cluster from 'node:cluster'
import type { Cache } from '@sitecache/core'
import { warnOnce } from '@sitecache/core/internal'

/**
 * Warns once of pages that two applications would share: both keep them without a prefix in a store
 * that others may use.
 *
 * @param layerPrefix option `keyPrefix` of the layer
 */
export function warnOfSharedKeys({ alias, keyPrefix, store }: Cache, layerPrefix: string): void {
  if (store.sync !== undefined || keyPrefix !== '' || layerPrefix !== '') return
  warnOnce(
    'SITECACHE_PREFIX',
    `cache '${alias}' has no keyPrefix in its ${store.name} store: another application there would answer with its pages, ` +
      "and clear() drops those of both. Name each: createCaches({ default: { store, keyPrefix: 'shop' } })",
  )
}

/** Warns once of pages that each worker of a cluster keeps for itself: no purge reaches all. */
export function warnOfWorkers({ alias, store }: Cache): void {
  if (!cluster.isWorker || store.name !== 'memory') return
  warnOnce(
    'SITECACHE_CLUSTER',
    `cache '${alias}' keeps its pages in the memory of this worker of a cluster: each worker renders and keeps its own, ` +
      'and a purge in one leaves those of the others. Use a store that they share, or tieredStore() with a bus',
  )
}
