import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPromise, type MaybePromise } from '@sitecache/core/internal'
import { endBroken, isOpen } from '../node/open-response.js'
import type { Layer } from '../options/layer.js'
import type { PageKeys } from '../pages/page-keys.js'
import { reportExchange, tellLeft } from '../response/exchange-told.js'
import type { RecordedResponse } from '../response/record.js'
import type { ExchangeReport } from '../state/exchange-report.js'

/**
 * A request that has come to a layer of cache, and the handler behind it, which is called once at
 * the most: a fault of the cache before that leads to the handler, and one behind it is the
 * handler's own.
 */
export class ArrivedRequest {
  readonly layer: Layer
  /** Keys in the layer's cache as it was configured when the request came. */
  readonly keys: PageKeys
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Records the response, where `updateCache()` has reserved a place for that. */
  readonly record: (() => RecordedResponse) | undefined
  /** Report of the exchange; undefined: it is not heard. */
  report: ExchangeReport | undefined
  /** Whether the handler was called: what is thrown from then on is its own. */
  isHandled = false
  /** Whether the cache's caller has returned, so that nobody is left to catch an error. */
  isLate: boolean
  readonly #onwards: () => unknown

  constructor(
    layer: Layer,
    req: IncomingMessage,
    res: ServerResponse,
    onwards: () => unknown,
    record: (() => RecordedResponse) | undefined,
    isLate: boolean,
  ) {
    this.layer = layer
    this.keys = layer.keys()
    this.req = req
    this.res = res
    this.record = record
    this.isLate = isLate
    this.#onwards = onwards
  }

  /** Begins the report of the exchange, where one is heard. */
  begin(): void {
    this.report = reportExchange(this.layer, this.keys.cache, this.req, this.res)
  }

  /**
   * Goes on once a value is there, unless it had to be waited for and nobody is left to answer.
   */
  afterWait<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R | undefined> {
    return isPromise(value) ? value.then((it) => (this.isOpen() ? next(it) : undefined)) : next(value)
  }

  /** Whether there still is a response to answer; tells it where there is none. */
  isOpen(): boolean {
    if (isOpen(this.res)) return true
    tellLeft(this)
    return false
  }

  /** Calls the handler. Frameworks catch its errors; those of plain `node:http` code end here. */
  handle(): unknown {
    this.isHandled = true
    if (!this.isLate) return this.#onwards()
    try {
      return this.#onwards()
    } catch (error) {
      this.keys.cache.meter.error(error, 'handler')
      endBroken(this.res)
      return undefined
    }
  }
}
