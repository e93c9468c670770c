import type { Store } from '../stores/store.js'
import { releaseStore, retainStore } from '../stores/users.js'
import type { Pending } from '../util/pending.js'

/** Hold of a cache on its store, and its orderly end. */
export class CacheLifecycle {
  readonly #store: Store
  readonly #pending: Pending
  readonly #unsubscribe: (() => void) | undefined
  #closing: Promise<void> | undefined

  /** @param evicted called with each key that the store dropped for room, of any cache on it */
  constructor(store: Store, pending: Pending, evicted: (fullKey: string) => void) {
    this.#store = store
    this.#pending = pending
    retainStore(store)
    this.#unsubscribe = store.onEvict?.(evicted)
  }

  idle(): Promise<void> {
    return this.#pending.idle()
  }

  waitFor(work: Promise<unknown>): void {
    void this.#pending.track(work)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#pending.closed = true
    await this.idle()
    this.#unsubscribe?.()
    await releaseStore(this.#store)
  }
}
