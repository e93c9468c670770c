import type { MaybePromise } from '@sitecache/core/internal'
import { selectQuery } from '@sitecache/http'
import type { Origin } from '../node/request-target.js'
import type { Layer } from '../options/layer.js'
import { type Dropped, dropPages } from '../pages/store-page.js'

/** Drops all variants of a URL from a layer's cache, or marks them as stale (`soft`). */
export function purgeUrl(layer: Layer, origin: Origin, url: string, soft = false): MaybePromise<Dropped> {
  const keys = layer.keys()
  return dropPages(keys, keys.url(origin, selectQuery(url, layer.rules.query)), Date.now(), soft)
}
