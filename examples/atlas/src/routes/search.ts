import { cacheControl } from '@sitecache/express'
import { Router } from 'express'
import type { Atlas } from '../atlas.js'
import { searchPlaces } from '../queries.js'

const SHORTEST = 2
const SHOWN = 100

/** `/search?q=`: places with a text in their name. Anybody may keep the answer, for a minute. */
export function searchRoutes({ db }: Atlas): Router {
  const routes = Router()
  routes.get('/search', cacheControl({ public: true, maxAge: 60 }), (req, res) => {
    const { q } = req.query
    const text = typeof q === 'string' ? q.trim() : ''
    const found = text.length < SHORTEST ? undefined : searchPlaces(db, text, SHOWN)
    res.render('search', { text, found })
  })
  return routes
}
