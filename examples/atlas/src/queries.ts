import type { Database } from './database.js'
import { escapeLike, fold } from './text.js'

/** A point on the globe, in degrees. */
export interface Position {
  readonly lat: number
  readonly lng: number
}

/** A place, with the codes of its country and the name of its division. */
export interface Place extends Position {
  readonly id: number
  readonly name: string
  readonly cca3: string
  readonly division: string | null
}

/** A place, and how far it is from another. */
export interface Neighbour extends Place {
  readonly km: number
}

/** How many places there are under something. */
export interface Count {
  readonly name: string
  readonly places: number
}

const PLACE = 'p.id, p.name, p.lat, p.lng, c.cca3, d.name AS division'
const PLACES = `places p JOIN countries c ON c.cca2 = p.cca2 LEFT JOIN divisions d ON d.code = p.division`

/** Every country's number of places, in no order; `name` is its cca3, and `region` the continent's. */
export function countPlaces(db: Database): (Count & { readonly region: string })[] {
  return db.all(`
    SELECT c.cca3 AS name, c.region, count(p.id) AS places
    FROM countries c LEFT JOIN places p ON p.cca2 = c.cca2 GROUP BY c.cca3`)
}

/** A place by its id. */
export function findPlace(db: Database, id: number): Place | undefined {
  return db.get(`SELECT ${PLACE} FROM ${PLACES} WHERE p.id = ?`, [id])
}

/** Places by their ids, by name. */
export function findPlaces(db: Database, ids: readonly number[]): Place[] {
  const marks = ids.map(() => '?').join(', ')
  return db.all(`SELECT ${PLACE} FROM ${PLACES} WHERE p.id IN (${marks}) ORDER BY p.folded`, [...ids])
}

/** The place of that name in a country, as a capital is looked for. */
export function findByName(db: Database, cca2: string, name: string): Place | undefined {
  const params = [cca2, fold(name)]
  return db.get(`SELECT ${PLACE} FROM ${PLACES} WHERE p.cca2 = ? AND p.folded = ? LIMIT 1`, params)
}

/** The places nearest to a position, by the haversine formula over the whole table. */
export function nearestPlaces(db: Database, { lat, lng }: Position, limit: number): Neighbour[] {
  // Distances first, names after: the joins then cost a few rows and not all of them.
  return db.all(
    `WITH nearest AS (
       SELECT id, 2 * 6371 * asin(min(1, sqrt(
         pow(sin(radians(lat - $lat) / 2), 2)
         + cos(radians($lat)) * cos(radians(lat)) * pow(sin(radians(lng - $lng) / 2), 2)))) AS km
       FROM places ORDER BY km LIMIT $limit)
     SELECT ${PLACE}, n.km FROM nearest n JOIN (${PLACES}) ON p.id = n.id ORDER BY n.km`,
    { $lat: lat, $lng: lng, $limit: limit },
  )
}

/** The other places nearest to a place. */
export function placesNearTo(db: Database, place: Place, limit: number): Neighbour[] {
  // The place itself is the nearest of all, unless another lies on the very same spot.
  const nearest = nearestPlaces(db, place, limit + 1).filter(({ id }) => id !== place.id)
  return nearest.slice(0, limit)
}

/** The letters that a country's places start with. */
export function countByInitial(db: Database, cca2: string): Count[] {
  return db.all(
    `SELECT initial AS name, count(*) AS places FROM places WHERE cca2 = ? GROUP BY initial ORDER BY initial`,
    [cca2],
  )
}

/** A country's places under a letter, by name. */
export function placesByInitial(db: Database, cca2: string, initial: string): Place[] {
  return db.all(`SELECT ${PLACE} FROM ${PLACES} WHERE p.cca2 = ? AND p.initial = ? ORDER BY p.folded`, [
    cca2,
    initial,
  ])
}

/** A country's neighbours, those with the most places first; `name` is the neighbour's cca3. */
export function countBorders(db: Database, cca3: string): Count[] {
  return db.all(
    `SELECT b.neighbour AS name, count(p.id) AS places
     FROM borders b JOIN countries c ON c.cca3 = b.neighbour LEFT JOIN places p ON p.cca2 = c.cca2
     WHERE b.cca3 = ? GROUP BY b.neighbour ORDER BY places DESC`,
    [cca3],
  )
}

/** Places with a text in their name, those that start with it first, and how many there are in all. */
export function searchPlaces(db: Database, text: string, limit: number): { total: number; places: Place[] } {
  const prefix = `${escapeLike(fold(text))}%`
  const pattern = `%${prefix}`
  const like = `p.folded LIKE ? ESCAPE '\\'`
  const total = db.get<Count>(`SELECT count(*) AS places FROM ${PLACES} WHERE ${like}`, [pattern])
  const places = db.all<Place>(
    `SELECT ${PLACE} FROM ${PLACES} WHERE ${like} ORDER BY ${like} DESC, p.folded, c.cca3 LIMIT ?`,
    [pattern, prefix, limit],
  )
  return { total: total?.places ?? 0, places }
}
