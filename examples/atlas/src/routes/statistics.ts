import { cachePage, type PageOptions } from '@sitecache/express'
import { Router } from 'express'
import type { Atlas } from '../atlas.js'
import { computeStatistics } from '../statistics.js'

/** `/stats`: aggregates over the whole table, kept for longer than the site's other pages. */
export function statisticsRoutes({ db }: Atlas, options: PageOptions): Router {
  const routes = Router()
  routes.get('/stats', cachePage('15m', options), (_req, res) => {
    res.render('statistics', { statistics: computeStatistics(db) })
  })
  return routes
}
