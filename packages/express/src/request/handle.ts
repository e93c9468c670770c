import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPromise } from '@sitecache/core/internal'
import type { RequestDecision } from '@sitecache/http'
import { requestLog } from '../node/debug.js'
import { afterWait, isOpen } from '../node/open-response.js'
import { field } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { type Found, findPage } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'
import { reportExchange } from '../response/exchange-told.js'
import type { RecordedResponse } from '../response/record.js'
import type { ArrivedRequest } from './arrived-request.js'
import { coalesce } from './coalesce.js'
import { noteLookUp, withDebugLine } from './debug-request.js'
import { decide } from './decide.js'
import { HandlerCall } from './handler-call.js'
import { type BypassReason, locate, locateByBody } from './locate.js'
import type { LocatedRequest } from './located-request.js'
import { passOn } from './pass-on.js'
import { gatewayTimeout, serve, serveStale } from './serve.js'

/**
 * Answers a request from a stored page, or lets it go on to the handler: the way of every request
 * through a layer of cache.
 *
 * @param onwards goes on to the handler
 * @param record records the response, where `updateCache()` has reserved a place for that
 */
export function handleRequest(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  record?: () => RecordedResponse,
): unknown {
  const failed = (error: unknown): void => layer.keys().cache.meter.error(error, 'handler')
  const handler = new HandlerCall(res, onwards, failed)
  const report = reportExchange(layer, req, res)
  const arrived = { layer, req, res, onwards: handler.run, record, report }
  return handler.after(
    () => answer(arrived),
    (error) => answerUncached(arrived, error),
  )
}

function answer(arrived: ArrivedRequest): unknown {
  const { layer, req, res, onwards, record, report } = arrived
  // Read before the handler runs: its delay counts as age (RFC 9111 §4.2.3).
  const since = Date.now()
  const enter = (located: PageLocation | BypassReason | undefined): unknown => {
    // The client hung up while the content of its request was read.
    if (located === undefined) return undefined
    if (typeof located === 'string') return passOn(arrived, located)
    const location = requestLog.enabled ? withDebugLine(located, req) : located
    const method = field(req, 'method') ?? 'GET'
    const { headers } = location.source
    const request = { layer, req, res, onwards, record, report, method, headers, location, since, turn: 0 }
    return lookUp(request, since)
  }
  const location = locate(layer, req, res)
  if (location !== 'by-body') return enter(location)
  report?.waits()
  return afterWait(res, locateByBody(layer, req, res), enter)
}

/**
 * A fault of the cache before the handler was called is an event, and the handler answers; unless
 * the response has begun: then it can't go on.
 */
function answerUncached(arrived: ArrivedRequest, error: unknown): unknown {
  const { layer, res } = arrived
  layer.keys().cache.meter.error(error, 'request')
  if (isOpen(res)) return passOn(arrived, 'error')
  if (!res.writableEnded) res.destroy()
  return undefined
}

/**
 * Looks up the page, decides, and acts; once more for a request that waited for another's render in
 * vain.
 */
function lookUp(request: LocatedRequest, now: number): unknown {
  const { report } = request
  const finding = findPage(request.location)
  if (report !== undefined && isPromise(finding)) report.waits()
  return afterWait(request.res, finding, (found) => {
    report?.lookedUp(found.record?.variants.length)
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
