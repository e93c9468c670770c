import type { RequestListener } from 'node:http'
import {
  type Caches,
  cachePage,
  fetchFromCache,
  siteCache,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import type { Framework, Use } from '../../support/applications.js'

/** What the middlewares of these tests put on a request. */
export interface Added {
  session: Record<string, unknown> & { name?: string; cart?: string[]; destroy?: unknown }
  sessionID: string
  cookies: Record<string, string>
  signedCookies: Record<string, string>
  user?: { readonly name: string; readonly role?: string }
  auth?: { readonly sub?: string }
  isAuthenticated(): boolean
  flash(type: string, message?: string): string[]
  csrfToken(): string
  t(key: string): string
}

export type PageRequest = Omit<Request, keyof Added> & Added
export type Handle = (req: PageRequest, res: Response, next: NextFunction) => unknown

/** Handler as Express takes it. */
export function handler(handle: Handle): RequestHandler {
  return handle as unknown as RequestHandler
}

/** Application in pieces, which each order of the cache puts together in its own way. */
export interface Parts {
  /** Settings and engines. */
  readonly set?: (app: Express) => void
  /** Middlewares in the order of their READMEs. */
  readonly middlewares?: readonly RequestHandler[]
  /** Answers `GET` of the path. */
  readonly page: RequestHandler
  /** What is posted to, by path: sign-ins, messages, forms. */
  readonly actions?: Readonly<Record<string, Handle>>
  /** @default /page */
  readonly path?: string
  /** Where it runs, if not on Express 5: what is posted anywhere is then taken by the first of the actions. */
  readonly framework?: Framework
  /** The page is an application of Express or Connect, which is mounted. */
  readonly mounted?: boolean
  readonly close?: () => unknown
}

/** Where the cache stands; `none` is the application as it is without one. */
export type Order = 'none' | 'siteCache' | 'between' | 'cachePage' | 'withSiteCache'
export const orders = ['siteCache', 'between', 'cachePage', 'withSiteCache'] as const
export type Policy = 'django' | 'rfc9111'
export const policies = ['django', 'rfc9111'] as const

export interface SiteSettings {
  readonly order: Order
  readonly policy: Policy
  readonly caches: Caches
  /** Lifetime of pages, in seconds. */
  readonly lifetime: number
  /** Seconds for which a stale page is given while it is made anew. */
  readonly stale?: number
  /** Runs before each render. */
  readonly gate?: () => Promise<void>
}

const pass: RequestHandler = (_req, _res, next) => next()

/** Puts an application together, with the cache where the order has it. */
export function assemble(parts: Parts, settings: SiteSettings): RequestListener {
  const { order, lifetime } = settings
  if (parts.framework !== undefined) return onFramework(parts, parts.framework, settings)
  const options = optionsOf(settings)
  const at = (place: Order, make: () => RequestHandler) => (order === place ? make() : pass)
  const app = express()
  parts.set?.(app)
  app.use(at('siteCache', () => siteCache({ ...options, timeout: lifetime })))
  app.use(at('between', () => updateCache({ ...options, timeout: lifetime })))
  for (const middleware of parts.middlewares ?? []) app.use(middleware)
  app.use(at('between', () => fetchFromCache()))
  for (const [path, action] of Object.entries(parts.actions ?? {})) app.post(path, handler(action))
  const above = [at('cachePage', () => cachePage(lifetime, options)), before(settings)]
  const { path = '/page' } = parts
  app.get(path, above)
  if (parts.mounted) app.use(parts.page)
  else app.get(path, parts.page)
  return order === 'withSiteCache' ? withSiteCache(app, { ...options, timeout: lifetime }) : app
}

/** The same without anything of Express. */
function onFramework(parts: Parts, framework: Framework, settings: SiteSettings): RequestListener {
  const { order, lifetime } = settings
  const options = optionsOf(settings)
  const at = (place: Order, make: () => RequestHandler) => (order === place ? [make()] : [])
  const [post = parts.page] = Object.values(parts.actions ?? {})
  const app = framework.build(
    [
      ...at('siteCache', () => siteCache({ ...options, timeout: lifetime })),
      ...at('between', () => updateCache({ ...options, timeout: lifetime })),
      ...(parts.middlewares ?? []),
      ...at('between', () => fetchFromCache()),
      ...at('cachePage', () => cachePage(lifetime, options)),
      before(settings),
    ] as Use[],
    ((req, res, next) =>
      (req.method === 'POST' ? post : parts.page)(req as never, res, next)) as RequestHandler as never,
  )
  return order === 'withSiteCache' ? withSiteCache(app, { ...options, timeout: lifetime }) : app
}

function optionsOf({ caches, policy, stale }: SiteSettings) {
  return {
    caches,
    policy,
    ...(stale === undefined ? {} : { staleWhileRevalidate: stale }),
  }
}

/** Stands in front of the handler: says the lifetime under RFC 9111, and waits where the test holds renders up. */
function before({ policy, lifetime, stale = 0, gate }: SiteSettings): RequestHandler {
  return async (_req, res, next) => {
    if (policy === 'rfc9111')
      res.setHeader('Cache-Control', `max-age=${lifetime}, stale-while-revalidate=${stale}`)
    await gate?.()
    next()
  }
}
