import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Layer } from '../options/layer.js'
import type { RecordedResponse } from '../response/record.js'
import type { ExchangeReport } from '../state/exchange-report.js'
import type { HandlerCall } from './handler-call.js'

/** A request that has come to a layer of cache. */
export interface ArrivedRequest {
  readonly layer: Layer
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Goes on to the handler. */
  readonly handler: HandlerCall
  /** Records the response, where `updateCache()` has reserved a place for that. */
  readonly record: (() => RecordedResponse) | undefined
  /** Report of the exchange; undefined: it is not heard. */
  readonly report: ExchangeReport | undefined
}
