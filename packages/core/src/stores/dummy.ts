import { BaseStore } from './base-store.js'
import type { Entry, Store } from './store.js'

/**
 * Makes a store that keeps nothing, for development: every lookup is a miss, every write and every
 * purge succeeds.
 */
export function dummyStore(): Store {
  return new DummyStore()
}

class DummyStore extends BaseStore {
  readonly name = 'dummy'
  readonly keepsNothing = true
  readonly sync = {
    get: () => undefined,
    peek: () => undefined,
    set: () => false,
    admits: () => false,
    delete: () => false,
    clear: () => {},
  }

  async get(): Promise<Entry | undefined> {
    return undefined
  }

  async set(): Promise<void> {}

  async delete(): Promise<boolean> {
    return false
  }

  async clear(): Promise<void> {}
}
