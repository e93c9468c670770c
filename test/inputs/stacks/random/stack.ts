import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import {
  type Caches,
  cachePage,
  fetchFromCache,
  siteCache,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
  type Response,
  Router,
} from 'express'
import express4 from 'express4'
import fc from 'fast-check'
import { people, recognise, runs, usualMiddleware, usualNames } from './middlewares.js'
import { handlerOf, PageError, type PageState, page } from './pages.js'
import { plain } from './plain.js'
import { storeSpec } from './stores.js'
import type { StackRequest } from './ways.js'

export const pageCount = 2

const layers = {
  siteCache: ['top'],
  halves: ['between'],
  cachePage: ['page'],
  withSiteCache: ['front'],
  'siteCache and cachePage': ['top', 'page'],
  'withSiteCache and siteCache': ['front', 'top'],
} as const satisfies Record<string, readonly ('top' | 'between' | 'page' | 'front')[]>
type LayerName = keyof typeof layers
type Place = (typeof layers)[LayerName][number]

/** All that makes up an application. */
export const stack = fc.record(
  {
    framework: fc.constantFrom('Express 5', 'Express 5', 'Express 4'),
    layers: fc.constantFrom<LayerName[]>(
      'siteCache',
      'siteCache',
      'halves',
      ...(Object.keys(layers) as LayerName[]),
    ),
    policy: fc.constantFrom('django', 'django', 'rfc9111'),
    store: storeSpec,
    servesStale: fc.boolean(),
    lock: fc.boolean(),
    whose: fc.constantFrom('learned', 'learned', 'visitor', 'anonymousOnly', 'keyParts'),
    /** Names of the usual middlewares; then where the cache, its lower half and the sessions stand among them. */
    middlewares: usualNames,
    cacheAt: fc.nat(8),
    lookUpAt: fc.nat(8),
    peopleAt: fc.nat(8),
    people,
    mounted: fc.constantFrom('no', 'no', 'router', 'application'),
    pages: fc.tuple(page, page),
    /** Whether a shared cache stands in front. */
    isBehind: fc.boolean(),
  },
  plain,
)
export type StackSpec = typeof stack extends fc.Arbitrary<infer T> ? T : never

const views = mkdtempSync(join(tmpdir(), 'sitecache-random-'))
writeFileSync(join(views, 'page.plain'), '')
afterAll(() => rmSync(views, { recursive: true }))

type Render = (error: null, text: string) => void
const setUp = (app: Express): Express =>
  app
    .set('trust proxy', true)
    .engine('plain', (_file, options, done) => (done as Render)(null, String(Reflect.get(options, 'page'))))
    .set('view engine', 'plain')
    .set('views', views)

function optionsOf(spec: StackSpec, caches: Caches) {
  const { policy, servesStale, lock, whose } = spec
  return {
    caches,
    policy,
    ...(servesStale && { staleWhileRevalidate: 300, staleIfError: 300 }),
    ...(lock && { lock, lockTimeout: '50ms' as const }),
    ...(whose === 'anonymousOnly' && { anonymousOnly: true }),
    ...(whose === 'visitor' && {
      visitor: (req: unknown) => (req as StackRequest).session?.user ?? (req as StackRequest).user?.name,
    }),
    ...(whose === 'keyParts' && {
      keyParts: (req: unknown) => [String((req as StackRequest).headers['x-tenant'])],
    }),
  } as const
}

/** Middlewares in their order, with the layers of cache that stand among them. */
function inOrder(spec: StackSpec, options: ReturnType<typeof optionsOf>): readonly RequestHandler[] {
  const has = hasLayer(spec)
  const list: readonly RequestHandler[] = spec.middlewares.map(usualMiddleware)
  const places = list.length + 1
  const [cacheAt, lookUpAt] = [spec.cacheAt % places, spec.cacheAt + spec.lookUpAt]
  const upper = has('top') ? siteCache(options) : has('between') ? updateCache(options) : undefined
  const at = (index: number): readonly RequestHandler[] => [
    ...(index === spec.peopleAt % places ? recognise(spec.people) : []),
    ...(upper !== undefined && index === cacheAt ? [upper] : []),
    ...(has('between') && index === Math.min(Math.max(lookUpAt, cacheAt), list.length)
      ? [fetchFromCache()]
      : []),
    ...list.slice(index, index + 1),
  ]
  return [...Array(places).keys()].flatMap(at)
}

const hasLayer =
  (spec: StackSpec) =>
  (place: Place): boolean =>
    layers[spec.layers].some((one) => one === place)

/** What visitors post. */
function addActions(app: Express): void {
  const post = (
    path: string,
    act: (req: StackRequest, res: Response, next: (error?: unknown) => void) => unknown,
  ) => app.post(path, act as unknown as RequestHandler)
  post('/login', (req, res, next) => {
    const { session } = req
    const name = String(req.query.user)
    const done = (error?: unknown) => {
      if (error) return next(error)
      if (req.session) req.session.user = name
      return res.send(session ? 'ok' : 'none')
    }
    return 'login' in req ? (req.login as (user: object, done: unknown) => void)({ name }, done) : done()
  })
  post('/logout', (req, res) => {
    const forget = () => {
      if (req.session) delete req.session.user
    }
    const done = () => {
      forget()
      res.send('ok')
    }
    forget()
    return 'logout' in req ? (req.logout as (done: unknown) => void)(done) : done()
  })
  post('/flash', (req, res) => {
    req.flash?.('info', `flash-${req.query.user}`)
    res.send('ok')
  })
}

const failed: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  if (res.headersSent) return void res.destroy()
  const shown = error instanceof PageError ? error.shown : undefined
  const text =
    error instanceof PageError ? error.message : String(error instanceof Error ? error.stack : error)
  const status = error instanceof PageError ? error.status : 500
  res
    .status(status)
    .type('html')
    .send(JSON.stringify(shown ?? { error: text }))
}

/** Builds the application. */
export function build(spec: StackSpec, caches: Caches, state: PageState): RequestListener {
  const make = spec.framework === 'Express 4' ? express4 : express
  const options = optionsOf(spec, caches)
  const app = setUp(make())
  app.use(...inOrder(spec, options), runs)
  addActions(app)
  const mounted = { no: () => app, router: () => Router(), application: () => setUp(make()) }[
    spec.mounted as 'no' | 'router' | 'application'
  ]()
  const above = hasLayer(spec)('page') ? [cachePage(300, options)] : []
  for (const [index, one] of spec.pages.entries())
    mounted.get(`/p${index}`, ...above, handlerOf(one, index, state))
  if (mounted !== app) app.use('/', mounted)
  app.use(failed)
  const listener = app as unknown as RequestListener
  return hasLayer(spec)('front') ? withSiteCache(listener, options) : listener
}
