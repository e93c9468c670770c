import type { IncomingMessage, ServerResponse } from 'node:http'
import { warnIfInHandler } from '@sitecache/core/internal'
import { handlerOf } from '../explain/explained-request.js'
import type { CallbackRequest, CallbackResponse } from '../node/application-types.js'
import type { Middleware } from '../node/types.js'
import { siteLayer } from '../options/layer.js'
import type { SiteOptions } from '../options/page-options.js'
import { checkCall } from './check-call.js'

/**
 * Caches a whole site in one middleware, for applications with nothing that varies the response
 * above the handlers; otherwise use `updateCache()` and `fetchFromCache()`.
 *
 * @param options see `SiteOptions`. @default {}
 * @example app.use(siteCache({ timeout: '10m' }))
 * @throws SettingsError when an option is unknown or not allowed; UnknownCacheError for an alias
 */
export function siteCache<
  Q extends IncomingMessage = CallbackRequest,
  S extends ServerResponse = CallbackResponse,
>(options: SiteOptions<Q, S> = {}): Middleware {
  checkCall('siteCache', 'app.use(siteCache())', options)
  warnIfInHandler('siteCache()')
  const layer = siteLayer('site', options, 'siteCache')
  const handle = handlerOf(layer)
  return function siteCache(req, res, next) {
    return handle(layer, req, res, next)
  }
}
