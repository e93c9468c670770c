import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, warnIfInHandler } from '@sitecache/core/internal'
import { type HandleRequest, handlerOf } from '../explain/explained-request.js'
import { noteApplicationLocals } from '../inputs/application-locals.js'
import type { CallbackRequest, CallbackResponse } from '../node/application-types.js'
import type { Middleware, Next } from '../node/types.js'
import { type Layer, siteLayer } from '../options/layer.js'
import type { SiteOptions } from '../options/page-options.js'
import { reportExchange, tellLeft } from '../response/exchange-told.js'
import { type RecordedResponse, reserveRecord } from '../response/record.js'
import { bodyMethod, bodyOf } from '../state/request-body.js'
import { exposeRequestCache, RequestSlot } from '../state/request-state.js'
import { checkCall } from './check-call.js'
import { MissingLookUp } from './missing-look-up.js'

/** Layer of the site's cache that a request passes, and what records its response. */
export interface PendingSite {
  readonly layer: Layer
  readonly handle: HandleRequest
  readonly record: (() => RecordedResponse) | undefined
  readonly missing: MissingLookUp
  /** A second look-up would wait for the page that the first one has rendered. */
  isLookedUp: boolean
}

/** Slot that `updateCache()` fills for the `fetchFromCache()` below it. */
export const pendingSite = new RequestSlot<PendingSite>()

/**
 * First half of a site's cache: stores the finished response. Goes above all that varies the
 * response, with `fetchFromCache()` below it, as Django's UpdateCacheMiddleware and
 * FetchFromCacheMiddleware.
 *
 * @param options see `SiteOptions`. @default {}
 * @example
 * app.use(updateCache({ timeout: '10m' }))
 * app.use(session(…), compression())
 * app.use(fetchFromCache())
 * @throws SettingsError when an option is unknown or not allowed; UnknownCacheError for an alias
 */
export function updateCache<
  Q extends IncomingMessage = CallbackRequest,
  S extends ServerResponse = CallbackResponse,
>(options: SiteOptions<Q, S> = {}): Middleware {
  checkCall('updateCache', 'app.use(updateCache())', options)
  warnIfInHandler('updateCache()')
  const layer = siteLayer('site', options, 'updateCache')
  const handle = handlerOf(layer)
  const missing = new MissingLookUp()
  return function updateCache(req, res, next) {
    const byUrl = req.method === 'GET' || req.method === 'HEAD'
    const byBody = !byUrl && bodyMethod(layer.rules.bodyMethods, req) !== undefined
    const record = byUrl || byBody ? reserveRecord(layer, req, res) : undefined
    pendingSite.set(req, { layer, handle, record, missing, isLookedUp: false })
    if (byUrl) missing.watch(res)
    noteApplicationLocals(req)
    exposeRequestCache(req)
    return byBody ? readFirst(layer, req, res, next) : next()
  }
}

/** Reads the content before a parser between the two middlewares does. */
function readFirst(layer: Layer, req: IncomingMessage, res: ServerResponse, next: Next): unknown {
  // The look-up, where it comes to one, has a report of its own.
  const report = reportExchange(layer, layer.keys().cache, req, res)
  return after(bodyOf(layer.rules.body, req, res), (reading) =>
    reading === 'hung-up' ? tellLeft({ layer, req, report }) : next(),
  )
}
