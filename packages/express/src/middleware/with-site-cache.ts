import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { watchExpressApplication } from '../inputs/index.js'
import { siteLayer } from '../options/layer.js'
import type { SiteOptions } from '../options/page-options.js'
import { handleRequest } from '../request/handle.js'

/**
 * The cache in front of a whole application, which sees only what no stored page answers: a hit costs what bare
 * `node:http` costs. What varies a page must show in its URL, its Vary or `keyParts`.
 *
 * @example createServer(withSiteCache(app, { timeout: '10m' })).listen(3000)
 * @param app an Express or Connect application, or any `(req, res)` handler
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
