export * from '../common.js'

/** Settings of caches. */
export const settings = { default: 'memory:' }
