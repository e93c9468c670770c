import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { inspect } from 'node:util'
import { SettingsError } from '@sitecache/core'
import { warnIfInHandler } from '@sitecache/core/internal'
import { handlerOf } from '../explain/explained-request.js'
import { watchExpressApplication } from '../inputs/express-accessors.js'
import type { Next } from '../node/types.js'
import { siteLayer } from '../options/layer.js'
import type { SiteOptions } from '../options/page-options.js'
import { isRequest } from './check-call.js'
import { endOfChain, isBoundMethod } from './wrapper.js'

/** A listener for servers of HTTP/1, and of HTTP/2 over Node's compatibility API. */
export type ServerListener = RequestListener & ((req: Http2ServerRequest, res: Http2ServerResponse) => void)

/**
 * Puts the cache in front of a whole application, which sees only requests without a stored page: a
 * hit costs as much as bare `node:http`. All that varies a page must show in its URL, its Vary or
 * `keyParts`.
 *
 * @param app an Express or Connect application, a router, or any `(req, res)` handler
 * @param options see `SiteOptions`; its callbacks run before the application has seen the request,
 *   and get Node's. @default {}
 * @example createServer(withSiteCache(app, { timeout: '10m' })).listen(3000)
 * @throws SettingsError when an option is unknown or not allowed; UnknownCacheError for an alias
 */
export function withSiteCache<Q extends IncomingMessage, S extends ServerResponse>(
  app: (req: Q, res: S) => unknown,
  options: SiteOptions<IncomingMessage, ServerResponse> = {},
): ServerListener {
  checkApplication(app)
  warnIfInHandler('withSiteCache()')
  const layer = siteLayer('server', options, 'withSiteCache', app)
  const handle = handlerOf(layer)
  watchExpressApplication(app)
  const run = app as (req: IncomingMessage, res: ServerResponse, next?: Next) => unknown
  const endsByItself = 'listen' in app || app.length < 3 || isBoundMethod(app)
  function withSiteCache(this: unknown, req: IncomingMessage, res: ServerResponse, next?: Next): unknown {
    const passOn = endsByItself ? next : (next ?? endOfChain(res))
    return handle(layer, req, res, () => run.call(this, req, res, passOn))
  }
  return withSiteCache as ServerListener
}

/** @throws SettingsError for anything but a function */
function checkApplication(app: unknown): void {
  if (typeof app === 'function') return
  const got = isRequest(app) ? 'a request: it is no middleware' : inspect(app, { depth: 0 }).slice(0, 80)
  throw new SettingsError(
    `withSiteCache() takes an application, a router or a (req, res) handler, as in createServer(withSiteCache(app)); got ${got}`,
  )
}
