import { type Store, StoreError } from '@sitecache/core'
import { decorateStore } from '@sitecache/core/store'

/** A store that can be stopped, to see how a site fares without it: every operation then fails, as that of a server that is down. */
export class StoppableStore {
  /** The store for the settings of a cache. */
  readonly store: Store
  isStopped = false

  constructor(store: Store) {
    this.store = decorateStore(store, (operation, run) => {
      // A shutdown closes it, stopped or not.
      if (this.isStopped && operation !== 'close')
        return Promise.reject(new StoreError('the store is stopped'))
      return run()
    })
  }
}
