import { SettingsError } from '@sitecache/core'
import { warn } from '@sitecache/core/internal'
import type { Middleware, Next } from '../node/types.js'
import { checkCall } from './check-call.js'
import { pendingSite } from './update-cache.js'

/**
 * Second half of a site's cache: serves a stored page once all middlewares above have run, as
 * Django's FetchFromCacheMiddleware. Takes its settings from the `updateCache()` above it.
 *
 * @example app.use(fetchFromCache())
 * @throws SettingsError (to `next`, unless NODE_ENV is 'production') when there is no
 *   `updateCache()` above
 */
export function fetchFromCache(...mistaken: never[]): Middleware {
  checkCall('fetchFromCache', 'app.use(fetchFromCache())', mistaken[0])
  const tell = warnsOnce()
  return function fetchFromCache(req, res, next) {
    const site = pendingSite.of(req)
    if (site === undefined) return misplaced(tell, next)
    if (site.isLookedUp) return next()
    site.isLookedUp = true
    site.missing.lookedUp()
    return site.handle(site.layer, req, res, next, site.record)
  }
}

/**
 * Reports a missing `updateCache()`: as an error in development, as one warning in production,
 * where the site works on uncached.
 */
function misplaced(tell: (message: string) => void, next: Next): unknown {
  const message =
    'fetchFromCache() found no updateCache() above it, so nothing can be cached: ' +
    'put app.use(updateCache()) first, or use siteCache() instead of both'
  if (process.env.NODE_ENV !== 'production') return next(new SettingsError(message))
  tell(message)
  return next()
}

function warnsOnce(): (message: string) => void {
  let warned = false
  return (message) => {
    if (!warned) warn('SITECACHE_MISPLACED', message)
    warned = true
  }
}
