import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { watchExpressApplication } from '../inputs/index.js'
import { siteLayer } from '../options/layer.js'
import type { SiteOptions } from '../options/page-options.js'
import { handleRequest } from '../request/handle.js'

/**
 * Puts the cache in front of a whole application, which sees only requests without a stored page: a
 * hit costs as much as bare `node:http`. All that varies a page must show in its URL, its Vary or
 * `keyParts`.
 *
 * @param app an Express or Connect application, or any `(req, res)` handler
 * @param options see `SiteOptions`. @default {}
 * @example createServer(withSiteCache(app, { timeout: '10m' })).listen(3000)
 * @throws SettingsError when an option is unknown or not allowed; UnknownCacheError for an alias
 */
export function withSiteCache<Q extends IncomingMessage, S extends ServerResponse>(
  app: (req: Q, res: S) => unknown,
  options: SiteOptions = {},
): RequestListener {
  const layer = siteLayer('server', options, 'withSiteCache', app)
  watchExpressApplication(app)
  return function withSiteCache(req, res) {
    return handleRequest(layer, req, res, () => app(req as Q, res as S))
  }
}
