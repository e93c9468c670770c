import { BaseStore, type Entry, type Store } from './store.js'

/** A store that keeps nothing, for development: every look-up is a miss, every write succeeds. */
export function dummyStore(): Store {
  return new DummyStore()
}

class DummyStore extends BaseStore {
  readonly name = 'dummy'
  readonly sync = { get: () => undefined, set: () => {}, delete: () => false, clear: () => {} }

  async get(): Promise<Entry | undefined> {
    return undefined
  }

  async set(): Promise<void> {}

  async delete(): Promise<boolean> {
    return false
  }

  async clear(): Promise<void> {}
}
