import type { Caches } from '@sitecache/express'
import { metrics } from '@sitecache/metrics'
import { Router } from 'express'

/**
 * What an operator looks at: `/cache`, which every page links to, and `/metrics` for Prometheus. They stand above the cache. On a site that
 * others can reach, both belong behind a check of who asks.
 */
export function dashboardRoutes(caches: Caches): Router {
  const routes = Router()
  routes.get('/metrics', metrics({ caches }).handler())
  routes.get('/cache', (_req, res) => res.redirect('/metrics'))
  return routes
}
