import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Timeout } from '@sitecache/core'
import { warnIfInHandler } from '@sitecache/core/internal'
import { handlerOf } from '../explain/explained-request.js'
import type { CallbackRequest, CallbackResponse } from '../node/application-types.js'
import type { Wrapper } from '../node/types.js'
import { pageLayer } from '../options/layer.js'
import type { PageOptions } from '../options/page-options.js'
import { checkCall } from './check-call.js'
import { makeWrapper } from './wrapper.js'

const usage = "app.get('/', cachePage('15m'), handler)"

/**
 * Caches the pages of a route, as Django's cache_page: in the chain or around a handler.
 *
 * @param timeout seconds, or a duration such as `'15m'`; outranks the page's own lifetime. `null`:
 *   never expires; 0 or less: not stored; omitted: the default of the cache
 * @param options see `PageOptions`. @default {}
 * @example app.get('/pricing', cachePage('15m'), handler)
 * @example app.get('/foo/:id', cachePage(60 * 15, { cache: 'special' })(handler))
 * @throws SettingsError when an option is unknown or not allowed; UnknownCacheError for an alias
 */
export function cachePage<
  Q extends IncomingMessage = CallbackRequest,
  S extends ServerResponse = CallbackResponse,
>(timeout?: Timeout, options: PageOptions<Q, S> = {}): Wrapper {
  checkCall('cachePage', usage, timeout)
  warnIfInHandler('cachePage()')
  const layer = pageLayer(timeout, options)
  const handle = handlerOf(layer)
  return makeWrapper('cachePage', (req, res, next) => handle(layer, req, res, next), usage)
}
