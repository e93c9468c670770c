import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPromise } from '@sitecache/core/internal'
import type { RequestDecision } from '@sitecache/http'
import { requestLog } from '../node/debug.js'
import { isOpen } from '../node/open-response.js'
import { field } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { type Found, findPage } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'
import { tellLeft } from '../response/exchange-told.js'
import type { RecordedResponse } from '../response/record.js'
import { beginLooks, endLooks } from '../state/request-state.js'
import { ArrivedRequest } from './arrived-request.js'
import { coalesce } from './coalesce.js'
import { noteLookUp, withDebugLine } from './debug-request.js'
import { decide } from './decide.js'
import { type BypassReason, locate, locateByBody } from './locate.js'
import type { LocatedRequest } from './located-request.js'
import { passOn } from './pass-on.js'
import { gatewayTimeout, serve, serveStale } from './serve.js'
import { trialOf } from './trial.js'

/**
 * Answers a request from a stored page, or lets it go on to the handler: the way of every request
 * through a layer of cache.
 *
 * @param onwards goes on to the handler
 * @param record records the response, where `updateCache()` has reserved a place for that
 * @param isLate whether its caller has returned, so that nobody catches an error
 */
export function handleRequest(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  record?: () => RecordedResponse,
  isLate = false,
): unknown {
  const arrived = new ArrivedRequest(layer, req, res, onwards, record, isLate)
  const outer = beginLooks(req)
  try {
    return begin(arrived)
  } finally {
    endLooks(outer)
  }
}

function begin(arrived: ArrivedRequest): unknown {
  const trial = trialOf(arrived.req)
  if (trial !== undefined) return trial(arrived)
  try {
    arrived.begin()
    const result = answer(arrived)
    arrived.isLate = true
    return isPromise(result) ? recovered(arrived, result) : result
  } catch (error) {
    return recover(arrived, error)
  }
}

function recovered(arrived: ArrivedRequest, result: Promise<unknown>): unknown {
  return result.then(undefined, (error: unknown) => recover(arrived, error))
}

/**
 * A hit from a store of this process makes no function on its way: those that wait are functions of
 * their own, since V8 keeps what a function inside another one uses on the heap, made or not.
 */
function answer(arrived: ArrivedRequest): unknown {
  const { layer, keys, req, res } = arrived
  // Read before the handler runs: its delay counts as age (RFC 9111 §4.2.3).
  const since = Date.now()
  const location = locate(layer, req, res, keys)
  return location === 'by-body' ? answerByBody(arrived, since) : enter(arrived, location, since)
}

function answerByBody(arrived: ArrivedRequest, since: number): unknown {
  const { layer, req, res, report } = arrived
  report?.waits()
  return arrived.afterWait(locateByBody(layer, req, res), (it) => enter(arrived, it, since))
}

function enter(
  arrived: ArrivedRequest,
  located: PageLocation | BypassReason | undefined,
  since: number,
): unknown {
  // The client hung up while the content of its request was read.
  if (located === undefined) return tellLeft(arrived)
  if (typeof located === 'string') return passOn(arrived, located)
  const { layer, req, res, record, report } = arrived
  const location = requestLog.enabled ? withDebugLine(located, req) : located
  const method = field(req, 'method') ?? 'GET'
  const { headers } = location.source
  report?.notes?.located(location)
  layer.checks?.see({ req, res, headers, url: location.recordKey, isSplit: record !== undefined })
  return lookUp(
    { arrived, layer, req, res, record, report, method, headers, location, since, turn: 0 },
    since,
  )
}

/** Leaves errors of the handler itself, thrown or rejected, to the caller. */
function recover(arrived: ArrivedRequest, error: unknown): unknown {
  if (arrived.isHandled) throw error
  return answerUncached(arrived, error)
}

/**
 * A fault of the cache before the handler was called is an event, and the handler answers; unless
 * the response has begun: then it can't go on.
 */
function answerUncached(arrived: ArrivedRequest, error: unknown): unknown {
  const { keys, res } = arrived
  keys.cache.meter.error(error, 'request')
  if (isOpen(res)) return passOn(arrived, 'error')
  if (!res.writableEnded) res.destroy()
  return undefined
}

/** Looks up the page; once more for a request that waited for another's render in vain. */
function lookUp(request: LocatedRequest, now: number): unknown {
  const found = findPage(request.location, now)
  return isPromise(found) ? actLater(request, found, now) : act(request, found, now)
}

function actLater(request: LocatedRequest, found: Promise<Found>, now: number): unknown {
  request.report?.waits()
  return request.arrived.afterWait(found, (it) => act(request, it, now))
}

/** Decides by what was found what becomes of the request. */
function act(request: LocatedRequest, found: Found, now: number): unknown {
  request.report?.lookedUp(found.record?.variants.length)
  request.report?.notes?.lookedUp(found.record?.names)
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
  const { arrived, location } = request
  const { keys } = location
  if (request.turn === 0) keys.cache.meter.miss()
  return arrived.afterWait(found.epoch === 0 ? keys.beginClock(now) : found.epoch, (epoch) =>
    coalesce(request, { ...found, epoch }, decision, now, lookUp),
  )
}
