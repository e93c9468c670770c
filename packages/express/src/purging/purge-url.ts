import type { MaybePromise } from '@sitecache/core/internal'
import { normalizeHost, selectQuery } from '@sitecache/http'
import type { Origin } from '../node/request-target.js'
import type { Layer } from '../options/layer.js'
import { type Dropped, dropPages } from '../pages/store-page.js'

/**
 * Drops all variants of a URL from a layer's cache, or marks them as stale (`soft`). The fence of the
 * host's canonical spelling makes the pages of its other spellings void, which don't outlive it.
 */
export function purgeUrl(layer: Layer, origin: Origin, url: string, soft = false): MaybePromise<Dropped> {
  const keys = layer.keys()
  const { scheme } = origin
  const host = normalizeHost(origin.host, scheme)
  return dropPages(keys, keys.url({ scheme, host }, selectQuery(url, layer.rules.query)), Date.now(), soft)
}
