import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Decision } from '@sitecache/http'
import type { Layer } from '../options/layer.js'
import type { Place } from '../pages/page-location.js'
import type { SiteCapture } from '../response/recorder.js'

/** A request that is looked up. */
export interface LookedUp {
  readonly layer: Layer
  readonly req: IncomingMessage
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly res: ServerResponse
  /** Goes on to the handler. */
  readonly onwards: () => unknown
  /** Its response, if that is captured already. */
  readonly capturing: SiteCapture | undefined
  readonly place: Place
  /** When it came, in milliseconds since the epoch. */
  readonly since: number
  /** How often it has waited for another's render in vain. */
  readonly turn: number
}

/** A decision by which a request goes on to the handler. */
export type Forwarded = Exclude<Decision, { action: 'serve' | 'serve-stale' | 'unsatisfiable' }>
