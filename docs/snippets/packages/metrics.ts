export { metrics } from '@sitecache/metrics'
export * from '../common.js'
