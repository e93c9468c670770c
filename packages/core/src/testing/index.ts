export type { TestGlobals } from './bench.js'
export { type ContractFlags, type MakeStore, storeContract } from './store-contract.js'
