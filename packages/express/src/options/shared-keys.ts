import type { Cache } from '@sitecache/core'
import { warnOnce } from '../node/warn-once.js'

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
