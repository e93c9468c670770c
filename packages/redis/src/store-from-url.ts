import type { BusFromUrl, StoreFromUrl, StoreUrlOptions } from '@sitecache/core/store'
import { addressOf } from './addresses.js'
import { storeAt } from './make-store.js'
import { storeOptionsFromQuery } from './options.js'
import type { RedisServers } from './parse-servers.js'
import { busAt } from './redis-bus.js'

/**
 * Creates the store of a URL for `createCaches` and `CACHE_URL`: `redis:`, `rediss:`,
 * `redis+sentinel:` and `redis+cluster:`, with the options of `redisStore` in the query string.
 *
 * @throws SettingsError as `redisStore` does
 */
export const storeFromUrl: StoreFromUrl = (url, options) => storeAt(parsed(url, options))

/**
 * Creates the bus between the near stores in front of such a store, for a URL with `near=memory`.
 *
 * @throws SettingsError as `redisBus` does
 */
export const busFromUrl: BusFromUrl = (url, options) => busAt(parsed(url, options), {})

function parsed(url: URL, { hosts, query }: StoreUrlOptions): RedisServers {
  const { username, password, pathname } = url
  const scheme = url.protocol.slice(0, -1)
  return {
    addresses: [addressOf({ scheme, username, password, hosts, pathname }, 'the URL of a cache')],
    options: storeOptionsFromQuery(query, 'redisStore()'),
  }
}
