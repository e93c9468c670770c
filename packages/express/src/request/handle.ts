import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Decision, formatCacheStatus, isDueEarly, type Page } from '@sitecache/http'
import { renderUncached } from '../holes/render-page.js'
import { after, isPromise } from '../node/maybe-promise.js'
import { canDispatch } from '../node/own-requests.js'
import { appendCacheStatus } from '../node/response-headers.js'
import { field, type MaybePromise } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { type Found, findPage } from '../pages/find-page.js'
import type { Place } from '../pages/page-location.js'
import { replay } from '../response/deliver.js'
import type { SiteCapture } from '../response/recorder.js'
import { contentMethod } from '../state/request-body.js'
import { showExchange } from '../state/request-state.js'
import { dropOwnControl } from '../state/targeted-control.js'
import { refreshBehind } from './background-refresh.js'
import { passBy } from './bypass.js'
import { forward } from './coalesce.js'
import { decisionFor } from './decide.js'
import { type BypassReason, recognise, recogniseByContent } from './locate.js'
import type { LookedUp } from './located-request.js'
import { mayBePosted, recordPosted } from './store-post.js'

/**
 * Answers from a stored page, or lets the request go on.
 *
 * @param capturing a response that is captured already (`updateCache`); else one begins to be, when it is needed
 * @param place what is recognised in it. @default it is looked at
 */
export function serve(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  capturing?: SiteCapture,
  place: Place | BypassReason = placeOf(layer, req),
): unknown {
  if (typeof place === 'string') {
    if (place === 'method' && contentMethod(layer, req) !== undefined)
      return after(placeByContentOf(layer, req, res), (found) =>
        // Nobody is there any more for whom to render.
        found === undefined ? undefined : serve(layer, req, res, onwards, capturing, found),
      )
    if (capturing === undefined) dropOwnControl(res)
    const epoch = place === 'method' && mayBePosted(layer, req) ? layer.keys().cache.tags.now() : undefined
    return after(epoch, (it) => {
      if (it !== undefined) recordPosted(layer, req, res, it)
      passBy(layer, req, res, place)
      showExchange(req)
      return renderUncached(layer, req, res, onwards)
    })
  }
  // Read before the handler runs: its delay counts as age (RFC 9111 §4.2.3).
  const now = Date.now()
  const [method, headers] = [field(req, 'method') ?? 'GET', field(req, 'headers')]
  return lookUp({ layer, req, res, method, headers, onwards, capturing, place, since: now, turn: 0 }, now)
}

/** Looks up, decides, and acts. Again for who has waited for another's render and didn't get its page. */
function lookUp(it: LookedUp, now: number): unknown {
  const { layer, place } = it
  return after(findPage(place, it.headers), (found) => {
    const { meter } = place.keys.cache
    const decision = decisionFor(it, found, now)
    if (decision.action === 'serve') {
      serveFresh(it, decision.page, now)
      meter.hit()
      refreshEarly(it, found, decision.page, now)
      return undefined
    }
    if (decision.action === 'serve-stale') return serveStale(it, found, now, decision)
    if (it.turn === 0) meter.miss()
    if (decision.action === 'unsatisfiable') return refuse(layer, it.res)
    // Tags that come with the page need a clock that runs.
    return after(found.epoch === 0 ? place.keys.beginClock(now) : found.epoch, (epoch) =>
      forward(it, { ...found, epoch }, decision, now, lookUp),
    )
  })
}

function serveFresh({ layer, req, res, method, headers }: LookedUp, page: Page, now: number): void {
  const status = layer.rules.cacheStatus ? formatCacheStatus({ hit: true, ttl: page.ttl(now) }) : undefined
  void replay({ layer, method, headers, req, res }, page, now, status)
}

/** XFetch: a page that is about to turn stale is made anew behind one of those who still get it. */
function refreshEarly(it: LookedUp, { record }: Found, page: Page, now: number): void {
  const { earlyRefresh } = it.layer.rules
  if (earlyRefresh === undefined || record === undefined || page.status === 206) return
  if (!isDueEarly(page, earlyRefresh, Math.random(), now) || !canDispatch(it.req)) return
  refreshBehind(it, { ...it.req.headers }, record, page, now)
}

/** RFC 5861 §3: the stale page at once, and behind it one refresh. */
function serveStale(
  it: LookedUp,
  { record }: Found,
  now: number,
  { page, reason }: Extract<Decision, { action: 'serve-stale' }>,
): void {
  const { layer, req, res, place } = it
  const headers = { ...req.headers }
  const status = formatCacheStatus({ hit: true, ttl: page.ttl(now), detail: reason })
  const client = { layer, method: req.method ?? 'GET', headers, req, res }
  void replay(client, page, now, layer.rules.cacheStatus ? status : undefined)
  place.keys.cache.meter.stale()
  if (reason !== 'max-stale' && record !== undefined) refreshBehind(it, headers, record, page, now)
}

function placeOf(layer: Layer, req: IncomingMessage): Place | BypassReason {
  try {
    return recognise(layer, req)
  } catch (error) {
    return failed(layer, error)
  }
}

function placeByContentOf(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
): MaybePromise<Place | BypassReason | undefined> {
  try {
    const place = recogniseByContent(layer, req, res)
    return isPromise(place) ? place.catch((error: unknown) => failed(layer, error)) : place
  } catch (error) {
    return failed(layer, error)
  }
}

/** A fault in the application's own callbacks keeps the cache out of the exchange, and breaks nothing. */
function failed(layer: Layer, error: unknown): 'error' {
  layer.keys().cache.meter.error(error, 'recognise')
  return 'error'
}

/** RFC 9111 §5.2.1.7: only-if-cached, and there is nothing to answer with. */
function refuse(layer: Layer, res: ServerResponse): void {
  if (layer.rules.cacheStatus)
    appendCacheStatus(res, formatCacheStatus({ fwd: 'request', detail: 'only-if-cached' }))
  res.statusCode = 504
  res.end()
}
