import { neverCache } from '@sitecache/express'
import { type Request, type Response, Router, urlencoded } from 'express'
import type { Atlas } from '../atlas.js'
import { notFound } from '../pages.js'
import { findPlace, findPlaces, type Place, placesNearTo } from '../queries.js'
import { addFavourite, signIn, signOut } from '../session.js'

const PATHS = ['/account', '/login', '/logout', '/places/:id/favourite']
const LONGEST_NAME = 60
const NEIGHBOURS = 5

/** The part that is each visitor's own: never cached, here or anywhere. */
export function accountRoutes({ db }: Atlas): Router {
  const routes = Router()
  routes.use(PATHS, neverCache, urlencoded({ extended: false }))
  routes.get('/account', showAccount)
  routes.post('/login', logIn)
  routes.post('/logout', logOut)
  routes.post('/places/:id/favourite', keepPlace)
  return routes

  function showAccount(req: Request, res: Response): void {
    const { user, favourites = [] } = req.session
    res.render('account', {
      user,
      favourites: findPlaces(db, favourites),
      // For a fragment: visitors who keep the same place share it.
      nearest: (place: Place) => placesNearTo(db, place, NEIGHBOURS),
      keep: idOf(req.query.keep),
    })
  }

  async function logIn(req: Request, res: Response): Promise<void> {
    const { name, keep } = (req.body ?? {}) as Record<string, unknown>
    const user = typeof name === 'string' ? name.trim().slice(0, LONGEST_NAME) : ''
    if (user !== '') {
      await signIn(req, user)
      const id = idOf(keep)
      if (id !== undefined) addFavourite(req, id)
    }
    redirect(res, '/account')
  }

  async function logOut(req: Request, res: Response): Promise<void> {
    await signOut(req)
    redirect(res, '/account')
  }

  function keepPlace(req: Request, res: Response): void {
    const id = idOf(req.params.id)
    if (id === undefined) {
      notFound(req, res)
    } else if (req.session.user === undefined) {
      redirect(res, `/account?keep=${id}`)
    } else {
      addFavourite(req, id)
      redirect(res, '/account')
    }
  }

  function idOf(value: unknown): number | undefined {
    return findPlace(db, Number(value))?.id
  }
}

// 303: the browser follows with GET, so that a reload doesn't post again (RFC 9110 §15.4.4).
function redirect(res: Response, path: string): void {
  const { link } = res.locals as { link(path: string): string }
  res.redirect(303, link(path))
}
