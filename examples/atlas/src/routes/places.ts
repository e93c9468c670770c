import { Router } from 'express'
import type { Atlas } from '../atlas.js'
import { favourite } from '../favourite.js'
import { notFound } from '../pages.js'
import { findPlace, placesNearTo } from '../queries.js'

const NEIGHBOURS = 20

/**
 * `/places/:id`: a place and those nearest to it, for which the whole table is gone through; once for all visitors, though each is shown
 * whether they keep it.
 */
export function placeRoutes({ db }: Atlas): Router {
  const routes = Router()
  routes.get('/places/:id', (req, res) => {
    const place = findPlace(db, Number(req.params.id))
    if (place === undefined) return notFound(req, res)
    res.render('place', { place, nearest: placesNearTo(db, place, NEIGHBOURS), favourite })
  })
  return routes
}
