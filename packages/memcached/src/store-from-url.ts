import { optionsFromQuery, type StoreFromUrl } from '@sitecache/core/store'
import { memcachedStore } from './memcached-store.js'
import { queryOptions } from './options.js'

/**
 * Creates the store of a URL such as `memcached://10.0.0.1:11211;10.0.0.2:11211/?timeout_ms=100`,
 * `memcached://user:password@host` or `memcached:///run/memcached.sock`.
 *
 * @throws SettingsError for a text that is no server, and for an unknown option
 */
export const storeFromUrl: StoreFromUrl = (url, { hosts, query }) => {
  const options = optionsFromQuery(query, queryOptions, 'memcachedStore()')
  const servers = hosts.length > 0 ? hosts : decodeURIComponent(url.pathname)
  return memcachedStore(servers, { ...options, ...credentialsOf(url) })
}

function credentialsOf(url: URL) {
  if (url.username === '' && url.password === '') return {}
  return { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
}
