import type { ServerResponse } from 'node:http'
import { isPromise } from '@sitecache/core/internal'
import { endBroken } from '../node/open-response.js'

/**
 * Call of the handler behind a layer of cache, which is made once at the most: a fault of the cache
 * before it leads to the handler, and one behind it is the handler's own.
 */
export class HandlerCall {
  readonly #res: ServerResponse
  readonly #onwards: () => unknown
  readonly #report: (error: unknown) => void
  #isMade = false
  /** Whether the cache's caller has returned, so that nobody is left to catch an error. */
  #isLate = false

  /** @param report called with what the handler throws when nobody is left to catch it */
  constructor(res: ServerResponse, onwards: () => unknown, report: (error: unknown) => void) {
    this.#res = res
    this.#onwards = onwards
    this.#report = report
  }

  /** Calls the handler. Frameworks catch its errors; those of plain `node:http` code end here. */
  readonly run = (): unknown => {
    this.#isMade = true
    if (!this.#isLate) return this.#onwards()
    try {
      return this.#onwards()
    } catch (error) {
      this.#report(error)
      endBroken(this.#res)
      return undefined
    }
  }

  /**
   * Runs the steps that lead to the handler or to a stored page.
   *
   * @param instead called with a fault of these steps before the handler was called; what the
   *   handler itself throws, or rejects with, goes to the caller
   */
  after(steps: () => unknown, instead: (error: unknown) => unknown): unknown {
    const recover = (error: unknown): unknown => {
      if (this.#isMade) throw error
      return instead(error)
    }
    try {
      const result = steps()
      this.#isLate = true
      return isPromise(result) ? result.then(undefined, recover) : result
    } catch (error) {
      return recover(error)
    }
  }
}
