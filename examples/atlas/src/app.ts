import { fileURLToPath } from 'node:url'
import { type Caches, fetchFromCache, updateCache } from '@sitecache/express'
import compression from 'compression'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { type Atlas, loadAtlas } from './atlas.js'
import { atlasCaches, pageOptions } from './caching.js'
import { contentPolicy } from './content-policy.js'
import { dashboardRoutes } from './dashboard.js'
import { Figures } from './figures.js'
import { i18n } from './i18n.js'
import { notFound, pageHelpers, usePages } from './pages.js'
import { accountRoutes } from './routes/account.js'
import { barRoutes } from './routes/bar.js'
import { countryRoutes } from './routes/countries.js'
import { homeRoutes } from './routes/home.js'
import { placeRoutes } from './routes/places.js'
import { searchRoutes } from './routes/search.js'
import { statisticsRoutes } from './routes/statistics.js'
import { serverTiming } from './server-timing.js'
import { SESSION_PATHS, visitorSession } from './session.js'
import type { StoppableStore } from './stoppable-store.js'

const PUBLIC = fileURLToPath(new URL('../public', import.meta.url))

/** What `createApp` can be given. */
export interface AppOptions {
  /** Where pages and fragments are kept. @default a memory store of its own */
  readonly caches?: Caches
  /** Switch of their store, for the bar. @default none, or that of the app's own caches */
  readonly store?: StoppableStore
  /** The data. @default read from the packages it comes in, which takes a second or two */
  readonly atlas?: Atlas
}

/**
 * The atlas as an Express application, not listening yet.
 *
 * @example (await createApp()).listen(3000)
 */
export async function createApp(options: AppOptions = {}): Promise<Express> {
  const atlas = options.atlas ?? (await loadAtlas())
  const { caches, store } =
    options.caches === undefined ? atlasCaches() : { ...options, caches: options.caches }
  const caching = pageOptions(caches)
  const figures = new Figures()
  figures.count(caches)

  const app = express()
  app.disable('x-powered-by')
  usePages(app, caches)
  app.use(contentPolicy)
  app.use(express.static(PUBLIC, { maxAge: '1h' }))
  const session = visitorSession()
  app.use('/bar', session, barRoutes({ caches, figures, store }))
  app.use(dashboardRoutes(caches))
  app.use(serverTiming)

  // All that makes a page differ stands between the two: its language and its coding. And sessions, which the holes of pages show.
  app.use(updateCache({ ...caching, timeout: '10m' }))
  app.use(compression())
  app.use(i18n)
  app.use(SESSION_PATHS, session)
  app.use(fetchFromCache())

  app.use(pageHelpers(atlas.gazetteer))
  app.use(homeRoutes(atlas), countryRoutes(atlas), placeRoutes(atlas), searchRoutes(atlas))
  app.use(statisticsRoutes(atlas, caching))
  app.use(accountRoutes(atlas))
  app.use(notFound)
  app.use(failed)
  return app
}

function failed(error: unknown, _req: Request, res: Response, next: NextFunction): void {
  if (res.headersSent) {
    next(error)
    return
  }
  // Express and its body parsers say 400 and the like for what is the client's fault.
  const { status = 500 } = error as { status?: number }
  if (status >= 500) console.error(error)
  const { t } = res.locals as { t?: { failed: string } }
  // Above `pageHelpers` there is no view to render.
  if (t === undefined) res.status(status).type('text').send('Something went wrong')
  else res.status(status).render('message', { heading: t.failed })
}
