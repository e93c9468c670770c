import { Router } from 'express'
import type { Atlas } from '../atlas.js'
import type { Country } from '../data.js'
import { currencyNames, languageNames } from '../gazetteer.js'
import type { Language } from '../i18n.js'
import { notFound } from '../pages.js'
import { countBorders, countByInitial, findByName, nearestPlaces, placesByInitial } from '../queries.js'

const AROUND_CAPITAL = 12

/** `/countries/:cca3`: facts, neighbours, what lies around the capital, and the places of one letter (`?letter=`). */
export function countryRoutes({ db, gazetteer }: Atlas): Router {
  const routes = Router()
  routes.get('/countries/:cca3', (req, res) => {
    const country = gazetteer.find(req.params.cca3.toUpperCase())
    if (country === undefined) return notFound(req, res)
    const language = res.locals.language as Language
    const letters = countByInitial(db, country.cca2)
    const letter = chooseLetter(req.query.letter, letters)
    res.render('country', {
      country,
      officialName: gazetteer.officialNameOf(country.cca3, language),
      languageNames: languageNames(country, language),
      currencyNames: currencyNames(country, language),
      borders: countBorders(db, country.cca3),
      // For a fragment: the pages of a country's letters share it.
      around: () => nearestPlaces(db, centreOf(country), AROUND_CAPITAL),
      letters,
      letter,
      places: placesByInitial(db, country.cca2, letter),
    })
  })
  return routes

  /** Where the capital lies; the middle of the country where the dataset knows no place of that name. */
  function centreOf({ cca2, capital: [capital], latlng: [lat, lng] }: Country) {
    return (capital === undefined ? undefined : findByName(db, cca2, capital)) ?? { lat, lng }
  }
}

function chooseLetter(asked: unknown, letters: readonly { name: string }[]): string {
  return letters.find(({ name }) => name === asked)?.name ?? letters[0]?.name ?? ''
}
