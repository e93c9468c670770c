import { type Response, Router } from 'express'
import type { Atlas } from '../atlas.js'
import type { Language } from '../i18n.js'
import { countPlaces } from '../queries.js'

/** `/`: the continents and their countries, with a search box. */
export function homeRoutes({ db, gazetteer }: Atlas): Router {
  const routes = Router()
  routes.get('/', (_req, res) => {
    const counts = countPlaces(db)
    const total = counts.reduce((sum, { places }) => sum + places, 0)
    res.render('home', { total, regions: byRegion(counts, nameIn(res)) })
  })
  return routes

  function nameIn(res: Response): (cca3: string) => string {
    return (cca3) => gazetteer.nameOf(cca3, res.locals.language as Language)
  }
}

type Counted = ReturnType<typeof countPlaces>[number]

/** Countries by continent, both in the order of their names. */
function byRegion(counts: readonly Counted[], nameOf: (cca3: string) => string) {
  const regions = [...new Set(counts.map(({ region }) => region))].sort()
  return regions.map((region) => ({
    region,
    countries: counts
      .filter((count) => count.region === region)
      .sort((a, b) => nameOf(a.name).localeCompare(nameOf(b.name))),
  }))
}
