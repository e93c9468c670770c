import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Decision, formatCacheStatus, isDueEarly, type Page } from '@sitecache/http'
import { renderUncached } from '../holes/render-page.js'
import { after, isPromise } from '../node/maybe-promise.js'
import { canDispatch } from '../node/own-requests.js'
import { appendCacheStatus } from '../node/response-headers.js'
import { field, type MaybePromise } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { type Found, findPage } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'
import { deliver } from '../response/deliver.js'
import type { RecordedResponse } from '../response/recorder.js'
import { bodyMethod } from '../state/request-body.js'
import { exposeRequestCache } from '../state/request-state.js'
import { dropTargetedControl } from '../state/targeted-control.js'
import { refreshInBackground } from './background-refresh.js'
import { bypass } from './bypass.js'
import { coalesce } from './coalesce.js'
import { decide } from './decide.js'
import { type BypassReason, locate, locateByBody } from './locate.js'
import type { LocatedRequest } from './located-request.js'
import { mayStorePost, recordPost } from './store-post.js'

/**
 * Answers from a stored page, or lets the request go on.
 *
 * @param capturing a response that is captured already (`updateCache`); else one begins to be, when it is needed
 * @param place what is recognised in it. @default it is looked at
 */
export function handleRequest(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  onwards: () => unknown,
  recorded?: RecordedResponse,
  location: PageLocation | BypassReason = locateSafely(layer, req),
): unknown {
  if (typeof location === 'string') {
    if (location === 'method' && bodyMethod(layer.rules.bodyMethods, req) !== undefined)
      return after(locateByBodySafely(layer, req, res), (found) =>
        // Nobody is there any more for whom to render.
        found === undefined ? undefined : handleRequest(layer, req, res, onwards, recorded, found),
      )
    if (recorded === undefined) dropTargetedControl(res)
    const epoch =
      location === 'method' && mayStorePost(layer, req) ? layer.keys().cache.tags.now() : undefined
    return after(epoch, (it) => {
      if (it !== undefined) recordPost(layer, req, res, it)
      bypass(layer, req, res, location)
      exposeRequestCache(req)
      return renderUncached(layer, req, res, onwards)
    })
  }
  // Read before the handler runs: its delay counts as age (RFC 9111 §4.2.3).
  const now = Date.now()
  const [method, headers] = [field(req, 'method') ?? 'GET', field(req, 'headers')]
  return lookUp({ layer, req, res, method, headers, onwards, recorded, location, since: now, turn: 0 }, now)
}

/** Looks up, decides, and acts. Again for who has waited for another's render and didn't get its page. */
function lookUp(it: LocatedRequest, now: number): unknown {
  const { layer, location } = it
  return after(findPage(location, it.headers), (found) => {
    const { meter } = location.keys.cache
    const decision = decide(it, found, now)
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
    return after(found.epoch === 0 ? location.keys.beginClock(now) : found.epoch, (epoch) =>
      coalesce(it, { ...found, epoch }, decision, now, lookUp),
    )
  })
}

function serveFresh({ layer, req, res, method, headers }: LocatedRequest, page: Page, now: number): void {
  const status = layer.rules.cacheStatus ? formatCacheStatus({ hit: true, ttl: page.ttl(now) }) : undefined
  void deliver({ layer, method, headers, req, res }, page, now, status)
}

/** XFetch: a page that is about to turn stale is made anew behind one of those who still get it. */
function refreshEarly(it: LocatedRequest, { record }: Found, page: Page, now: number): void {
  const { earlyRefresh } = it.layer.rules
  if (earlyRefresh === undefined || record === undefined || page.status === 206) return
  if (!isDueEarly(page, earlyRefresh, Math.random(), now) || !canDispatch(it.req)) return
  refreshInBackground(it, { ...it.req.headers }, record, page, now)
}

/** RFC 5861 §3: the stale page at once, and behind it one refresh. */
function serveStale(
  it: LocatedRequest,
  { record }: Found,
  now: number,
  { page, reason }: Extract<Decision, { action: 'serve-stale' }>,
): void {
  const { layer, req, res, location } = it
  const headers = { ...req.headers }
  const status = formatCacheStatus({ hit: true, ttl: page.ttl(now), detail: reason })
  const client = { layer, method: req.method ?? 'GET', headers, req, res }
  void deliver(client, page, now, layer.rules.cacheStatus ? status : undefined)
  location.keys.cache.meter.stale()
  if (reason !== 'max-stale' && record !== undefined) refreshInBackground(it, headers, record, page, now)
}

function locateSafely(layer: Layer, req: IncomingMessage): PageLocation | BypassReason {
  try {
    return locate(layer, req)
  } catch (error) {
    return failed(layer, error)
  }
}

function locateByBodySafely(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
): MaybePromise<PageLocation | BypassReason | undefined> {
  try {
    const location = locateByBody(layer, req, res)
    return isPromise(location) ? location.catch((error: unknown) => failed(layer, error)) : location
  } catch (error) {
    return failed(layer, error)
  }
}

/** A fault in the application's own callbacks keeps the cache out of the exchange, and breaks nothing. */
function failed(layer: Layer, error: unknown): 'error' {
  layer.keys().cache.meter.error(error, 'locate')
  return 'error'
}

/** RFC 9111 §5.2.1.7: only-if-cached, and there is nothing to answer with. */
function refuse(layer: Layer, res: ServerResponse): void {
  if (layer.rules.cacheStatus)
    appendCacheStatus(res, formatCacheStatus({ fwd: 'request', detail: 'only-if-cached' }))
  res.statusCode = 504
  res.end()
}
