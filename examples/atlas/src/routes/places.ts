import { Router } from 'express'
import type { Atlas } from '../atlas.js'
import { notFound } from '../pages.js'
import { findPlace, nearestPlaces } from '../queries.js'

const NEIGHBOURS = 20

/** `/places/:id`: a place and those nearest to it, for which the whole table is gone through. */
export function placeRoutes({ db }: Atlas): Router {
  const routes = Router()
  routes.get('/places/:id', (req, res) => {
    const place = findPlace(db, Number(req.params.id))
    if (place === undefined) return notFound(req, res)
    // The place itself is the nearest of all, unless another lies on the very same spot.
    const nearest = nearestPlaces(db, place, NEIGHBOURS + 1).filter(({ id }) => id !== place.id)
    res.render('place', { place, nearest: nearest.slice(0, NEIGHBOURS) })
  })
  return routes
}
