import { StoreError } from '../errors.js'
import type { EvictCause, Store } from '../stores/store.js'
import { releaseStore, retainStore } from '../stores/users.js'
import type { Pending } from '../util/pending.js'
import { within } from '../util/within.js'

/** Longest wait for a store to close, in milliseconds: less than a shutdown's usual grace. */
const CLOSE_MS = 5000

/** Callbacks of a cache's hold on its store. */
export interface LifecycleObserver {
  /** Called with each key that the store dropped for room, of any cache on it. */
  evicted(fullKey: string, cause?: EvictCause, isUnused?: boolean): void
  /** Called when the store takes too long to close, and is left to itself. */
  closesLate(error: StoreError): void
}

/** Hold of a cache on its store, and its orderly end. */
export class CacheLifecycle {
  readonly #store: Store
  readonly #pending: Pending
  readonly #heard: LifecycleObserver
  readonly #unsubscribe: (() => void) | undefined
  #closing: Promise<void> | undefined

  constructor(store: Store, pending: Pending, heard: LifecycleObserver) {
    this.#store = store
    this.#pending = pending
    retainStore(store)
    this.#heard = heard
    this.#unsubscribe = store.onEvict?.((...evicted) => heard.evicted(...evicted))
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
    const late = new StoreError(`the store did not close within ${CLOSE_MS} ms`)
    await within(
      () => releaseStore(this.#store),
      CLOSE_MS,
      () => late,
    ).catch((error: unknown) => {
      if (error !== late) throw error
      this.#heard.closesLate(late)
    })
  }
}
