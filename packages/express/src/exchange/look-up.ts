import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Decision, decide, formatCacheStatus } from '@sitecache/http'
import { captureResponse } from '../capture/capture.js'
import { after } from '../framework/maybe-promise.js'
import { appendCacheStatus, headersOf } from '../headers/response-headers.js'
import type { Layer } from '../options/layer.js'
import { type Found, findPage } from '../pages/find-page.js'
import type { Place } from '../pages/place.js'
import { dropUnsafe } from '../purging/invalidate.js'
import { showExchange } from './exchange.js'
import { type BypassReason, recognise } from './recognise.js'
import { Recording } from './recording.js'
import { replay } from './replay.js'
import { watchVisitor } from './watch-visitor.js'

/**
 * Answers from a stored page, or lets the request go on.
 *
 * @param recording one that captures already (`updateCache`); else one begins here, when it is needed
 */
export function serve(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  recording?: Recording,
): unknown {
  const place = placeOf(layer, req)
  if (typeof place === 'string') {
    passBy(layer, req, res, place)
    showExchange(req)
    return onwards()
  }
  // Read before the handler runs: its delay counts as age (RFC 9111 §4.2.3).
  const now = Date.now()
  const { headers } = req
  return after(findPage(place, headers), (found) => {
    const { meter } = place.keys.cache
    const decision = decide({
      policy: layer.rules.policy,
      requestHeaders: headers,
      page: found.page,
      // What a purge left behind leads to no page.
      hadRecord: found.record?.purged === false,
      now,
    })
    if (decision.action === 'serve') {
      replay(req, res, decision.page, now, layer.rules.cacheStatus)
      meter.hit()
      return undefined
    }
    meter.miss()
    if (decision.action === 'unsatisfiable') return refuse(layer, res)
    begin(layer, req, res, recording, { place, found, decision, now })
    return onwards()
  })
}

interface Missed {
  readonly place: Place
  readonly found: Found
  readonly decision: Decision
  readonly now: number
}

function begin(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  capturing: Recording | undefined,
  { place, found, decision, now }: Missed,
): void {
  const recording = capturing ?? new Recording(layer, req, res)
  if (capturing === undefined) captureResponse(res, layer.rules.maxBodyBytes, recording)
  showExchange(req)
  recording.begin({
    place,
    seen: found.record,
    requestHeaders: { ...req.headers },
    standing: headersOf(res),
    forwarded: 'reason' in decision ? decision.reason : 'uri-miss',
    requestTime: now,
    watch: watchVisitor(req, res),
  })
}

/** A fault in the application's own callbacks keeps the cache out of the exchange, and breaks nothing. */
function placeOf(layer: Layer, req: IncomingMessage): Place | BypassReason {
  try {
    return recognise(layer, req)
  } catch (error) {
    layer.keys().cache.meter.error(error, 'recognise')
    return 'error'
  }
}

function passBy(layer: Layer, req: IncomingMessage, res: ServerResponse, reason: BypassReason): void {
  const { cache } = layer.keys()
  cache.meter.skip(reason)
  if (layer.rules.cacheStatus) {
    const fwd = reason === 'method' ? 'method' : 'bypass'
    appendCacheStatus(res, formatCacheStatus({ fwd, detail: reason === 'method' ? undefined : reason }))
  }
  if (reason === 'method' && layer.rules.invalidateOnUnsafe) dropUnsafe(layer, req, res)
}

/** RFC 9111 §5.2.1.7: only-if-cached, and there is nothing to answer with. */
function refuse(layer: Layer, res: ServerResponse): void {
  if (layer.rules.cacheStatus)
    appendCacheStatus(res, formatCacheStatus({ fwd: 'request', detail: 'only-if-cached' }))
  res.statusCode = 504
  res.end()
}
