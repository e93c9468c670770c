import type { Database } from './database.js'
import type { Count, Place } from './queries.js'

/** What `/stats` shows: aggregates over the whole table. */
export interface Statistics {
  readonly total: number
  /** By cca3. */
  readonly countries: readonly Count[]
  readonly names: readonly Count[]
  readonly regions: readonly (Count & { readonly perThousandKm2: number })[]
  /** Bands of ten degrees of latitude, north first; `name` is the southern edge. */
  readonly bands: readonly { readonly south: number; readonly places: number; readonly share: number }[]
  readonly extremes: readonly Place[]
}

/** Computes them all. */
export function computeStatistics(db: Database): Statistics {
  return {
    total: db.get<{ places: number }>('SELECT count(*) AS places FROM places')?.places ?? 0,
    countries: db.all(`
      SELECT c.cca3 AS name, count(*) AS places FROM places p JOIN countries c ON c.cca2 = p.cca2
      GROUP BY c.cca3 ORDER BY places DESC LIMIT 15`),
    names: db.all(`
      SELECT min(name) AS name, count(*) AS places FROM places
      GROUP BY folded ORDER BY places DESC, folded LIMIT 15`),
    regions: db.all(REGIONS),
    bands: db.all(BANDS),
    extremes: db.all(EXTREMES),
  }
}

const REGIONS = `
  WITH counted AS (SELECT cca2, count(*) AS places FROM places GROUP BY cca2)
  SELECT c.region AS name, total(n.places) AS places, 1000.0 * total(n.places) / sum(c.area) AS perThousandKm2
  FROM countries c LEFT JOIN counted n ON n.cca2 = c.cca2 GROUP BY c.region ORDER BY places DESC`

const BANDS = `
  WITH bands AS (SELECT 10 * floor(lat / 10) AS south, count(*) AS places FROM places GROUP BY south)
  SELECT south, places, 1.0 * places / max(places) OVER () AS share FROM bands ORDER BY south DESC`

const EXTREMES = `
  SELECT p.id, p.name, p.lat, p.lng, c.cca3, NULL AS division
  FROM places p JOIN countries c ON c.cca2 = p.cca2
  WHERE p.lat IN ((SELECT max(lat) FROM places), (SELECT min(lat) FROM places))
     OR p.lng IN ((SELECT max(lng) FROM places), (SELECT min(lng) FROM places))
  ORDER BY p.lat DESC`
