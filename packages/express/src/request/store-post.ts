import type { IncomingMessage, ServerResponse } from 'node:http'
import { quietly } from '../inputs/request-reads.js'
import { headersOf } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { NO_FENCE } from '../pages/fence.js'
import { type Forwarded, nothingToRestore } from '../response/forwarded.js'
import { watchReads } from '../response/page-reads.js'
import { recordResponse } from '../response/record.js'
import { peekState } from '../state/request-state.js'
import { locateUrl } from './locate.js'

/**
 * RFC 9110 §9.3.3: a POST whose response says by Content-Location that it is what a GET of its URL
 * would have, and for how long it is fresh, makes the page for those GETs. Under policy 'rfc9111'
 * alone: Django's cache knows no such thing.
 */
export function mayStorePost({ rules }: Layer, req: IncomingMessage): boolean {
  return rules.policy === 'rfc9111' && rules.invalidateOnUnsafe !== false && req.method === 'POST'
}

/**
 * Records what such a POST is answered.
 *
 * @param epoch the clock of the tags, before the handler runs
 */
export function recordPost(layer: Layer, req: IncomingMessage, res: ServerResponse, epoch: number): void {
  const { rules } = layer
  if (peekState(req)?.skipped === true) return
  try {
    const location = quietly(req, () => (rules.skip?.(req) === true ? undefined : locateUrl(layer, req, res)))
    if (location === undefined || typeof location === 'string') return
    const { recorder, capture } = recordResponse(layer, req, res)
    const forwarded: Forwarded = {
      location,
      // Its own purge decides: what that will have left.
      known: { record: undefined, fence: NO_FENCE },
      epoch,
      stored: undefined,
      mode: 'plain',
      restore: nothingToRestore,
      requestHeaders: { ...location.source.headers },
      priorHeaders: headersOf(res),
      fwd: 'method',
      requestTime: Date.now(),
      // Whether middlewares ran before the look-up is not known here: the stricter rule holds.
      reads: watchReads({ layer, req, res }, location, layer.kind === 'page' ? 'below' : 'top', undefined),
      render: undefined,
      // It has passed the cache by.
      told: undefined,
    }
    recorder.start(forwarded, capture)
  } catch (error) {
    layer.keys().cache.meter.error(error, 'locate')
  }
}
