import { memoryStore } from '@sitecache/core'

export * from '../common.js'
export * from '../data.js'
export * from '../exchange.js'

/** Store of the reader's own. */
export const myStore = memoryStore

// A runner of tests that only lists them: the suite needs one.
Object.assign(globalThis, {
  describe: (_name: string, define: () => void) => define(),
  it: () => undefined,
  expect: () => undefined,
})
