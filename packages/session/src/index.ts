export { CacheSessionStore, type SessionStoreOptions } from './cache-session-store.js'
