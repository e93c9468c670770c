export { type MemcachedStoreOptions, memcachedStore } from './memcached-store.js'
export { storeFromUrl } from './store-from-url.js'
