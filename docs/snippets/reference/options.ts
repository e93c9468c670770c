export * from '../guide/visitors.js'
