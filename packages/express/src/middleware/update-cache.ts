import { after } from '../node/maybe-promise.js'
import type { Middleware } from '../node/types.js'
import { type Layer, siteLayer } from '../options/layer.js'
import type { SiteOptions } from '../options/page-options.js'
import { captureFor, type SiteCapture } from '../response/recorder.js'
import { contentMethod, contentOf } from '../state/request-body.js'
import { exchangeOf, showExchange } from '../state/request-state.js'

/** What `updateCache()` leaves for the `fetchFromCache()` below it. */
export interface SiteRecording {
  readonly layer: Layer
  readonly recording: SiteCapture | undefined
}

/**
 * First half of a site's cache: stores the finished response. Goes above all that varies the response, with
 * `fetchFromCache()` below it, as Django's UpdateCacheMiddleware and FetchFromCacheMiddleware.
 *
 * @example
 * app.use(updateCache({ timeout: '10m' }))
 * app.use(session(…), compression())
 * app.use(fetchFromCache())
 * @throws SettingsError when an option is unknown or not allowed; UnknownCacheError for an alias
 */
export function updateCache(options: SiteOptions = {}): Middleware {
  const layer = siteLayer('site', options, 'updateCache')
  return function updateCache(req, res, next) {
    const byUrl = req.method === 'GET' || req.method === 'HEAD'
    const byContent = !byUrl && contentMethod(layer, req) !== undefined
    const recording = byUrl || byContent ? captureFor(layer, req, res) : undefined
    exchangeOf(req).site = { layer, recording }
    showExchange(req)
    // Before a parser between the two reads it.
    return byContent
      ? after(contentOf(layer, req, res), (it) => (it === 'hung-up' ? undefined : next()))
      : next()
  }
}
