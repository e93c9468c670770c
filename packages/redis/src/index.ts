export { type RedisLocation, redisStore } from './make-store.js'
export type { RedisServer, RedisStoreOptions } from './options.js'
export { storeFromUrl } from './store-from-url.js'
