export { redisStore } from '@sitecache/redis'
export * from '../common.js'
export * from '../data.js'

/** Settings of caches. */
export const settings = { default: 'memory:' }
