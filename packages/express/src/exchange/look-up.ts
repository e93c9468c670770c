import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Decision, decide, formatCacheStatus } from '@sitecache/http'
import { after } from '../framework/maybe-promise.js'
import { field } from '../framework/types.js'
import { appendCacheStatus, headersOf } from '../headers/response-headers.js'
import type { Layer } from '../options/layer.js'
import { type Found, findPage } from '../pages/find-page.js'
import type { Place } from '../pages/place.js'
import { dropUnsafe } from '../purging/invalidate.js'
import { askForTheRest, askWhetherModified } from './ask.js'
import { canDispatch, isOwnRequest } from './dispatch.js'
import { showExchange } from './exchange.js'
import { type Asked, nothingToRestore } from './miss.js'
import { dropOwnControl } from './own-control.js'
import { recordPosted } from './posted.js'
import { type BypassReason, recognise } from './recognise.js'
import { captureFor, type SiteCapture } from './recording.js'
import { refreshBehind } from './refresh.js'
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
  recording?: SiteCapture,
): unknown {
  const place = placeOf(layer, req)
  if (typeof place === 'string') {
    if (recording === undefined) dropOwnControl(res)
    if (place === 'method') recordPosted(layer, req, res)
    passBy(layer, req, res, place)
    showExchange(req)
    return onwards()
  }
  // Read before the handler runs: its delay counts as age (RFC 9111 §4.2.3).
  const now = Date.now()
  const { headers } = req
  return after(findPage(place, headers), (found) => {
    const { meter } = place.keys.cache
    const { rules } = layer
    const method = field(req, 'method') ?? 'GET'
    const decision = decide({
      policy: rules.policy,
      method,
      requestHeaders: headers,
      page: found.page,
      // What a purge left behind leads to no page.
      hadRecord: found.record?.purged === false,
      now,
      staleWhileRevalidate: rules.staleWhileRevalidate,
      refreshing: isOwnRequest(req) || !canDispatch(req),
    })
    if (decision.action === 'serve') {
      const status = rules.cacheStatus ? hitStatus(decision.page.ttl(now)) : undefined
      replay(method, headers, res, decision.page, now, status)
      meter.hit()
      return undefined
    }
    if (decision.action === 'serve-stale') return serveStale(layer, req, res, { place, found, now }, decision)
    meter.miss()
    if (decision.action === 'unsatisfiable') return refuse(layer, res)
    begin(layer, req, res, recording, { place, found, decision, now })
    return onwards()
  })
}

interface Missed {
  readonly place: Place
  readonly found: Found
  readonly decision: Exclude<Decision, { action: 'serve' | 'serve-stale' | 'unsatisfiable' }>
  readonly now: number
}

function hitStatus(ttl: number): string {
  return formatCacheStatus({ hit: true, ttl })
}

/** RFC 5861 §3: the stale page at once, and behind it one refresh. */
function serveStale(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  { place, found, now }: Pick<Missed, 'place' | 'found' | 'now'>,
  { page, reason }: Extract<Decision, { action: 'serve-stale' }>,
): void {
  const headers = { ...req.headers }
  const status = formatCacheStatus({ hit: true, ttl: page.ttl(now), detail: reason })
  replay(req.method ?? 'GET', headers, res, page, now, layer.rules.cacheStatus ? status : undefined)
  place.keys.cache.meter.stale()
  if (reason === 'max-stale' || found.record === undefined) return
  const key = place.keys.page(found.record, place.fixed, headers, place.selection)
  refreshBehind(layer, req, headers, key, now)
}

function begin(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  capturing: SiteCapture | undefined,
  { place, found, decision, now }: Missed,
): void {
  const { recording, capture } = capturing ?? captureFor(layer, req, res)
  showExchange(req)
  const requestHeaders = { ...req.headers }
  recording.begin(
    {
      place,
      seen: found.record,
      stored: found.page,
      asked: askedBy(decision),
      restore: ask(req, decision),
      requestHeaders,
      standing: headersOf(res),
      forwarded: decision.reason,
      requestTime: now,
      watch: watchVisitor(req, res),
    },
    capture,
  )
}

function askedBy({ action }: Missed['decision']): Asked {
  if (action === 'validate') return 'whether-modified'
  return action === 'complete' ? 'for-the-rest' : 'as-it-is'
}

function ask(req: IncomingMessage, decision: Missed['decision']): () => void {
  if (decision.action === 'validate') return askWhetherModified(req, decision.page)
  if (decision.action === 'complete') return askForTheRest(req, decision.page, decision.range)
  return nothingToRestore
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
