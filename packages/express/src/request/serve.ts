import { after } from '@sitecache/core/internal'
import { isDueEarly, type Page, type RequestDecision } from '@sitecache/http'
import { canDispatch } from '../node/own-requests.js'
import type { Found } from '../pages/find-page.js'
import { memberOf, memberOfHit, tellMember } from '../response/cache-status.js'
import { deliver } from '../response/deliver.js'
import { tellServed, tellUnserved } from '../response/exchange-told.js'
import { isWatched, noteDelivered } from '../response/note-delivered.js'
import { refreshInBackground } from './background-refresh.js'
import type { LocatedRequest } from './located-request.js'

/** Answers with a fresh page. */
export function serve(request: LocatedRequest, found: Found, page: Page, now: number): void {
  const { layer, req, location } = request
  const status = layer.rules.cacheStatus ? memberOfHit(req, layer, page.ttl(now)) : undefined
  if (isWatched(location)) noteDelivered(request, location, page, found.record?.names ?? [])
  const sent = deliver(request, page, now, status)
  location.keys.cache.meter.hit()
  const result = page.holes === '' ? 'hit' : 'filled'
  if (sent === undefined) tellServed(request, result, undefined, page, now)
  else tellLater(request, sent, result, page, now)
  if (layer.rules.earlyRefresh !== undefined) refreshEarly(request, found, page, now)
}

function tellLater(
  request: LocatedRequest,
  sent: Promise<void>,
  result: 'hit' | 'filled',
  page: Page,
  now: number,
): void {
  void sent.then(() => tellServed(request, result, undefined, page, now))
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
export function serveStale(
  request: LocatedRequest,
  { record }: Found,
  { page, reason }: Extract<RequestDecision, { action: 'serve-stale' }>,
  now: number,
): void {
  const { layer, location } = request
  const headers = { ...request.headers }
  if (isWatched(location)) noteDelivered(request, location, page, record?.names ?? [])
  const status = memberOf(request.req, layer, { hit: true, ttl: page.ttl(now), detail: reason })
  const sent = deliver({ ...request, headers }, page, now, layer.rules.cacheStatus ? status : undefined)
  location.keys.cache.meter.stale()
  void after(sent, () => tellServed({ ...request, headers }, 'stale', reason, page, now))
  if (reason !== 'max-stale' && record !== undefined) refreshInBackground(request, headers, record, page, now)
}

/** RFC 9111 §5.2.1.7: only-if-cached, and nothing is stored to answer with. */
export function gatewayTimeout(request: LocatedRequest): void {
  const { layer, req, res, location, turn } = request
  if (turn === 0) location.keys.cache.meter.miss()
  if (layer.rules.cacheStatus)
    tellMember(req, res, memberOf(req, layer, { fwd: 'request', detail: 'only-if-cached' }))
  res.statusCode = 504
  res.end()
  tellUnserved(request, 'unsatisfiable', 'only-if-cached', 'request')
}
