export * from '../common.js'
export * from '../data.js'
