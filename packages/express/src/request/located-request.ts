import type { RequestDecision } from '@sitecache/http'
import type { Exchange } from '../options/exchange.js'
import type { PageLocation } from '../pages/page-location.js'
import type { ResponseTrial } from '../response/forwarded.js'
import type { RecordedResponse } from '../response/record.js'
import type { ExchangeReport } from '../state/exchange-report.js'
import type { ArrivedRequest } from './arrived-request.js'

/** A request of which it is known where its pages are stored. */
export interface LocatedRequest extends Exchange {
  readonly arrived: ArrivedRequest
  readonly location: PageLocation
  /** Records the response, where `updateCache()` has reserved a place for that. */
  readonly record: (() => RecordedResponse) | undefined
  /** Report of the exchange; undefined: it is not heard. */
  readonly report: ExchangeReport | undefined
  /** When the request came, in milliseconds since the epoch. */
  readonly since: number
  /** How often it has waited for another request's render in vain. */
  readonly turn: number
  /** It is made on trial; undefined: by a client. */
  readonly trial?: ResponseTrial | undefined
}

/** A decision by which a request goes on to the handler. */
export type ForwardDecision = Exclude<RequestDecision, { action: 'serve' | 'serve-stale' | 'unsatisfiable' }>
