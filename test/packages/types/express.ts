// What an application on Express writes: compiled as it stands, by several TypeScripts.
import {
  addCacheTags,
  cacheControl,
  cached,
  cachePage,
  caches,
  cacheTags,
  configure,
  createCaches,
  type Explanation,
  explain,
  explainText,
  fetchFromCache,
  getPageKey,
  hole,
  invalidatePage,
  invalidateRoute,
  invalidates,
  invalidateTags,
  neverCache,
  type PageOptions,
  patchCacheControl,
  purge,
  type RequestCache,
  type SiteOptions,
  siteCache,
  type Timeout,
  updateCache,
  varyOnCookie,
  varyOnHeaders,
  withSiteCache,
} from '@sitecache/express'
import express, { type NextFunction, type Request, type Response } from 'express'

declare global {
  namespace Express {
    interface Request {
      typesTestTenant?: { readonly name: string }
    }
  }
}

interface Article {
  readonly id: string
}

configure({ default: 'memory:', fragments: { store: 'memory:', timeout: '5 minutes' } })
const own = createCaches({ default: 'memory:', pages: 'dummy:' })
const app = express()

// Callbacks know Express's request and response.
app.use(
  siteCache({
    timeout: '10m',
    skip: (req) => req.path.startsWith('/admin') || req.get('x-preview') !== undefined,
    isAuthenticated: (req) => req.typesTestTenant !== undefined,
    visitor: (req) => req.typesTestTenant?.name,
    keyParts: (req) => [req.hostname, req.typesTestTenant?.name ?? ''],
    storeIf: (req, res) => res.locals.draft !== true && req.query.draft === undefined,
    tags: (req, res) => [String(res.locals.tag), req.path],
  }),
)
app.use(updateCache({ caches: own, cache: 'pages', skip: (req) => req.xhr }), fetchFromCache())
app.use('/purge', purge({ authorize: (req) => req.get('x-token') === process.env.TOKEN }))
app.use(purge({ authorize: async (req) => Promise.resolve(req.secure) }))
app.get('/a', cachePage(60 * 15, { keyParts: (req) => [req.baseUrl] }), (req, res) => {
  req.cache.skip()
  addCacheTags(res, 'a', `skipped:${req.cache.skipped}`)
  patchCacheControl(res, { maxAge: 5, noTransform: true })
  res.send('a')
})
app.get(
  '/articles/:id',
  cacheTags('articles', (req) => `article:${req.params.id}`),
  (_req, res) => void res.send(''),
)
app.post(
  '/articles/:id',
  invalidates((req, res) => ['articles', `article:${req.params.id}`, String(res.statusCode)]),
  (_req, res) => void res.send(''),
)

// Also a request of one's own.
const params = (req: Request<{ id: string }>): string => `article:${req.params.id}`
const body = (req: Request<{ id: string }, Article[], Article>): string[] => [req.body.id]
app.get(
  '/b/:id',
  cacheTags('b', params),
  cachePage('1h', { skip: (req: Request<{ id: string }>) => req.params.id === '' }),
)
app.post('/b/:id', invalidates(params), invalidates(body), (_req, res) => void res.send(''))
app.use(siteCache({ tags: (req: Request, res: Response<Article>) => [req.path, String(res.locals.tag)] }))
app.use(purge({ authorize: (req: Request<Record<string, string>, Article>) => req.ip === '::1' }))

// Around a handler, and as a decorator of another.
app.get(
  '/c/:id',
  cachePage('15m', { cache: 'pages', caches: own })(
    varyOnHeaders('Accept-Language')((req: Request<{ id: string }>, res: Response) =>
      res.send(req.params.id),
    ),
  ),
)
app.get(
  '/c2/:id',
  cachePage('1h')((req, res) => res.send(`${req.params.id} ${req.cache.skipped}`)),
)
app.get('/c3', neverCache(cacheTags('c')(async (req, res) => res.json(req.query))))
app.get('/d', varyOnCookie, neverCache, (_req: Request, res: Response, next: NextFunction) =>
  next(res.statusCode),
)

// Once per request, and holes.
export const tenant = cached((req) => Promise.resolve(req.typesTestTenant))
export const priceOf = cached((req, product: number) => req.hostname.length * product)
export const greeting = hole('greeting', (req) => `Hello, ${req.typesTestTenant?.name ?? 'stranger'}`, {
  timeout: '1s',
})
export const cart = hole('cart', async (req: Request) => String((await tenant(req))?.name))
app.get('/e', async (req, res) => {
  const price: number = priceOf(req, 3)
  res.send(`${greeting()} ${cart} ${(await tenant(req))?.name} ${price}`)
})
withSiteCache(app, { skip: (req) => req.url === '/live' })

// Without a request.
export async function purgeAll(): Promise<string | undefined> {
  await invalidatePage('/a', { soft: true })
  await Promise.all([
    invalidateTags('a', 'b', { cache: 'pages', caches: own }),
    invalidateRoute('/articles/:id'),
  ])
  await caches.get('default').set('k', 1, '90s')
  return getPageKey({ url: 'https://example.com/a' }, { keyParts: () => ['a'] })
}

// Why a page is not cached.
export async function whyNot(): Promise<string> {
  const explained: Explanation = await explain(
    { url: '/a', headers: { accept: '*/*' } },
    { app, caches: own },
  )
  return `${explainText(explained)} ${explained.layers[0]?.findings[0]?.remedy}`
}
app.get('/why', async (req, res) => res.json(await explain(req)))
siteCache({ explain: { authorize: async (req) => req.get('sitecache-explain') === 'token' } })

// What is set elsewhere keeps its type.
export const shared: PageOptions = { skip: (req) => req.path === '/', jitter: 0.1 }
export const site: SiteOptions<Request<{ id: string }>> = {
  skip: (req) => req.params.id === '1',
  timeout: null,
}
export const forever: Timeout = null
export const isSkipped = (cache: RequestCache): boolean => cache.skipped
app.use((req, _res, next) => next(isSkipped(req.cache) ? 'route' : undefined))
app.get(
  '/f',
  cachePage('1d', shared),
  cacheControl({ 'max-age': 60, s_maxage: 5, private: ['Set-Cookie'], 'x-ext': 'v' }),
)
app.get(
  '/g',
  cacheControl(
    { maxAge: 60, immutable: false },
    { cdn: { maxAge: 3600 }, 'Example-Cache-Control': { noStore: true } },
  ),
)

// Mistakes are errors.
export const quiet = siteCache({ warnings: { SITECACHE_HOSTS: false } })
// @ts-expect-error a warning that does not exist
siteCache({ warnings: { SITECACHE_HOST: false } })
// @ts-expect-error a misspelt method
app.get('/1', (req) => req.cache.skipp())
// @ts-expect-error a misspelt directive
cacheControl({ maxage: 60 })
// @ts-expect-error a misspelt directive
cacheControl({ nostore: true })
// @ts-expect-error a directive's value
cacheControl({ maxAge: '60' })
// @ts-expect-error a field that is none
cacheControl({ maxAge: 60 }, { nginx: { maxAge: 60 } })
// @ts-expect-error no default
createCaches({ pages: 'memory:' })
// @ts-expect-error no default
configure({ pages: 'memory:' })
// @ts-expect-error no duration
siteCache({ timeout: '10 minuets' })
// @ts-expect-error no duration
cachePage('soon')
// @ts-expect-error an option that is none
siteCache({ timeOut: 60 })
// @ts-expect-error no function
siteCache({ skip: '/admin' })
// @ts-expect-error an option that is none
purge({ authorise: () => true })
// @ts-expect-error authorize is missing
purge({})
// @ts-expect-error no tag
invalidates((req) => req.params)
// @ts-expect-error a property that Express's request has not
siteCache({ skip: (req) => req.pathh })
// @ts-expect-error fetchFromCache takes its settings from updateCache
fetchFromCache({ timeout: 60 })
