import type { ServerResponse } from 'node:http'
import { endBroken } from '../node/open-response.js'
import type { Layer } from '../options/layer.js'

/**
 * Call of the handler behind a layer of cache, which is made once at the most: a fault of the cache
 * before it leads to the handler, and one behind it is the handler's own.
 */
export class HandlerCall {
  /** Whether the handler was called: what is thrown from then on is its own. */
  isMade = false
  /** Whether the cache's caller has returned, so that nobody is left to catch an error. */
  isLate = false
  readonly #layer: Layer
  readonly #res: ServerResponse
  readonly #onwards: () => unknown

  constructor(layer: Layer, res: ServerResponse, onwards: () => unknown) {
    this.#layer = layer
    this.#res = res
    this.#onwards = onwards
  }

  /** Calls the handler. Frameworks catch its errors; those of plain `node:http` code end here. */
  run(): unknown {
    this.isMade = true
    if (!this.isLate) return this.#onwards()
    try {
      return this.#onwards()
    } catch (error) {
      this.#layer.keys().cache.meter.error(error, 'handler')
      endBroken(this.#res)
      return undefined
    }
  }
}
