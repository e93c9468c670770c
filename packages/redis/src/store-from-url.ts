import type { StoreFromUrl } from '@sitecache/core'
import { addressOf } from './addresses.js'
import { storeAt } from './make-store.js'
import { storeOptionsFromQuery } from './options.js'

/**
 * The store that a URL names, for `createCaches` and `CACHE_URL`: `redis:`, `rediss:`, `redis+sentinel:` and
 * `redis+cluster:`, with the options of `redisStore` in the query string.
 *
 * @throws SettingsError as `redisStore` does.
 */
export const storeFromUrl: StoreFromUrl = (url, { hosts, query }) => {
  const { username, password, pathname } = url
  const scheme = url.protocol.slice(0, -1)
  const address = addressOf({ scheme, username, password, hosts, pathname }, 'the URL of a cache')
  return storeAt([address], storeOptionsFromQuery(query, 'redisStore()'))
}
