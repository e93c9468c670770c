import { dashboard } from '@sitecache/dashboard'
import { doctor } from '@sitecache/doctor'
import type { Caches } from '@sitecache/express'
import { metrics } from '@sitecache/metrics'
import { type Request, Router } from 'express'

/** Addresses of this machine: the demo shows its dashboard to nobody else. */
const LOOPBACK = /^(::1|(::ffff:)?127\..*)$/

/**
 * What an operator looks at: the dashboard at `/cache`, which every page links to, and `/metrics` for Prometheus. They stand above the cache. A site that
 * others can reach asks in `authorize` who they are, not where.
 */
export function dashboardRoutes(caches: Caches): Router {
  const routes = Router()
  const authorize = (req: Request) => LOOPBACK.test(req.socket.remoteAddress ?? '')
  routes.get('/metrics', metrics({ caches }).handler())
  routes.use('/cache', dashboard({ caches, authorize, doctor: doctor({ caches }) }))
  return routes
}
