import type { IncomingMessage, ServerResponse } from 'node:http'
import { formatCacheStatus, isDueEarly, type Page, type RequestDecision } from '@sitecache/http'
import { renderUncached } from '../holes/render-page.js'
import { requestLog } from '../node/debug.js'
import { afterWait, isOpen } from '../node/open-response.js'
import { canDispatch } from '../node/own-requests.js'
import { appendCacheStatus } from '../node/response-headers.js'
import { field } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { type Found, findPage } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'
import { deliver } from '../response/deliver.js'
import { noteDelivered } from '../response/note-delivered.js'
import type { RecordedResponse } from '../response/recorder.js'
import { exposeRequestCache } from '../state/request-state.js'
import { dropTargetedControl } from '../state/targeted-control.js'
import { refreshInBackground } from './background-refresh.js'
import { bypass } from './bypass.js'
import { coalesce } from './coalesce.js'
import { noteLookUp, withDebugLine } from './debug-request.js'
import { decide } from './decide.js'
import { HandlerCall } from './handler-call.js'
import { type BypassReason, locate, locateByBody } from './locate.js'
import type { LocatedRequest } from './located-request.js'
import { mayStorePost, recordPost } from './store-post.js'

/**
 * Answers a request from a stored page, or lets it go on to the handler: the way of every request
 * through a layer of cache.
 *
 * @param onwards goes on to the handler
 * @param recorded the response, where `updateCache()` records it already
 */
export function handleRequest(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  recorded?: RecordedResponse,
): unknown {
  const report = (error: unknown): void => layer.keys().cache.meter.error(error, 'handler')
  const handler = new HandlerCall(res, onwards, report)
  return handler.after(
    () => answer(layer, req, res, handler.run, recorded),
    (error) => answerUncached(layer, req, res, handler.run, recorded, error),
  )
}

function answer(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  recorded: RecordedResponse | undefined,
): unknown {
  // Read before the handler runs: its delay counts as age (RFC 9111 §4.2.3).
  const since = Date.now()
  const enter = (located: PageLocation | BypassReason | undefined): unknown => {
    // The client hung up while the content of its request was read.
    if (located === undefined) return undefined
    if (typeof located === 'string') return passOn(layer, req, res, onwards, recorded, located)
    const location = requestLog.enabled ? withDebugLine(located, req) : located
    const method = field(req, 'method') ?? 'GET'
    const { headers } = location.source
    return lookUp({ layer, req, res, method, headers, onwards, recorded, location, since, turn: 0 }, since)
  }
  const location = locate(layer, req, res)
  return location === 'by-body' ? afterWait(res, locateByBody(layer, req, res), enter) : enter(location)
}

/**
 * A fault of the cache before the handler was called is an event, and the handler answers; unless
 * the response has begun: then it can't go on.
 */
function answerUncached(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  recorded: RecordedResponse | undefined,
  error: unknown,
): unknown {
  layer.keys().cache.meter.error(error, 'request')
  if (isOpen(res)) return passOn(layer, req, res, onwards, recorded, 'error')
  if (!res.writableEnded) res.destroy()
  return undefined
}

/**
 * Looks up the page, decides, and acts; once more for a request that waited for another's render in
 * vain.
 */
function lookUp(request: LocatedRequest, now: number): unknown {
  return afterWait(request.res, findPage(request.location), (found) => {
    const decision = decide(request, found, now)
    const { debug } = request.location
    if (debug !== undefined) noteLookUp(debug, found, decision, now)
    switch (decision.action) {
      case 'serve':
        return serve(request, found, decision.page, now)
      case 'serve-stale':
        return serveStale(request, found, decision, now)
      case 'unsatisfiable':
        return gatewayTimeout(request)
      default:
        return render(request, found, decision, now)
    }
  })
}

function serve(request: LocatedRequest, found: Found, page: Page, now: number): void {
  const { layer, location } = request
  const status = layer.rules.cacheStatus ? formatCacheStatus({ hit: true, ttl: page.ttl(now) }) : undefined
  noteDelivered(request, location, page, found.record?.names ?? [])
  void deliver(request, page, now, status)
  location.keys.cache.meter.hit()
  location.debug?.end('hit', undefined, page.ttl(now))
  if (layer.rules.earlyRefresh !== undefined) refreshEarly(request, found, page, now)
}

/**
 * XFetch: a page that is about to turn stale is rendered anew behind one of the requests that still
 * get it.
 */
function refreshEarly(request: LocatedRequest, { record }: Found, page: Page, now: number): void {
  const { earlyRefresh } = request.layer.rules
  if (earlyRefresh === undefined || record === undefined || page.status === 206) return
  if (!isDueEarly(page, earlyRefresh, Math.random(), now) || !canDispatch(request.req)) return
  refreshInBackground(request, { ...request.headers }, record, page, now)
}

/** RFC 5861 §3: the stale page at once, and behind it one refresh. */
function serveStale(
  request: LocatedRequest,
  { record }: Found,
  { page, reason }: Extract<RequestDecision, { action: 'serve-stale' }>,
  now: number,
): void {
  const { layer, location } = request
  const headers = { ...request.headers }
  noteDelivered(request, location, page, record?.names ?? [])
  const status = formatCacheStatus({ hit: true, ttl: page.ttl(now), detail: reason })
  void deliver({ ...request, headers }, page, now, layer.rules.cacheStatus ? status : undefined)
  location.keys.cache.meter.stale()
  location.debug?.end('stale', reason, page.ttl(now))
  if (reason !== 'max-stale' && record !== undefined) refreshInBackground(request, headers, record, page, now)
}

/** RFC 9111 §5.2.1.7: only-if-cached, and nothing is stored to answer with. */
function gatewayTimeout({ layer, res, location, turn }: LocatedRequest): void {
  if (turn === 0) location.keys.cache.meter.miss()
  location.debug?.end('unsatisfiable', 'only-if-cached')
  if (layer.rules.cacheStatus)
    appendCacheStatus(res, formatCacheStatus({ fwd: 'request', detail: 'only-if-cached' }))
  res.statusCode = 504
  res.end()
}

/**
 * Renders the page, or waits for another request that does. Tags that come with the page need a
 * clock that runs.
 */
function render(
  request: LocatedRequest,
  found: Found,
  decision: Exclude<RequestDecision, { action: 'serve' | 'serve-stale' | 'unsatisfiable' }>,
  now: number,
): unknown {
  const { keys } = request.location
  if (request.turn === 0) keys.cache.meter.miss()
  return afterWait(request.res, found.epoch === 0 ? keys.beginClock(now) : found.epoch, (epoch) =>
    coalesce(request, { ...found, epoch }, decision, now, lookUp),
  )
}

/** Lets a request go on that nothing is looked up for. */
function passOn(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  recorded: RecordedResponse | undefined,
  reason: BypassReason,
): unknown {
  if (recorded === undefined) dropTargetedControl(res)
  const mayStore = reason === 'method' && mayStorePost(layer, req)
  return afterWait(res, mayStore ? layer.keys().cache.tags.now() : undefined, (epoch) => {
    if (epoch !== undefined) recordPost(layer, req, res, epoch)
    bypass(layer, req, res, reason)
    exposeRequestCache(req)
    return renderUncached(layer, req, res, onwards)
  })
}
