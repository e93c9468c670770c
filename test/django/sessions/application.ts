import { fileURLToPath } from 'node:url'
import {
  type CacheControlChanges,
  type Caches,
  cacheControl,
  cachePage,
  fetchFromCache,
  neverCache,
  type PageOptions,
  updateCache,
  varyOnCookie,
  varyOnHeaders,
} from '@sitecache/express'
import cookieParser from 'cookie-parser'
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import { contextProcessor, middlewaresOf } from './middlewares.js'
import type { SessionsApp, SiteSpec, Step, ViewSpec } from './scenario.js'
import { type SessionEngine, signedCookies, storedSessions } from './session-engines.js'
import { carryOut, type ViewRun } from './view-steps.js'

type Handler = (req: Request, res: Response, next: (error?: unknown) => void) => unknown

/** An application as a scenario describes it. */
export interface BuiltSessionsApp {
  readonly app: Express
  readonly sessions: SessionEngine
  /** Returns how often any view ran. */
  runs(): number
}

/** Makes the application of a scenario; without caches: the same without any cache. */
export function buildApp({ site, views }: SessionsApp, caches: Caches | undefined): BuiltSessionsApp {
  const sessions = site.sessionEngine === 'cache' ? storedSessions(site.saveEveryRequest) : signedCookies()
  const app = express().disable('x-powered-by').set('etag', false)
  app.set('trust proxy', site.useForwardedHost)
  app.set('view engine', 'ejs').set('views', fileURLToPath(new URL('templates', import.meta.url)))
  const use = (steps: readonly Step[]): void => {
    for (const step of steps)
      app.use(...middlewaresOf(step, { site, views, sessions }), (_req, _res, next) => next())
  }
  const options = optionsOf(site, caches)
  const isCached = site.perSite && caches !== undefined
  use(site.middlewareOutside)
  if (isCached) app.use(updateCache({ ...options, timeout: site.seconds }))
  app.use(cookieParser())
  use(site.middlewareBetween)
  for (const spec of site.contextProcessors) app.use(contextProcessor(spec))
  if (isCached) app.use(fetchFromCache())
  const counted = { runs: 0 }
  for (const view of views) app.all(view.path, decorate(view, makeView(view, sessions, counted), options))
  return { app, sessions, runs: () => counted.runs }
}

function optionsOf({ allowedHosts }: SiteSpec, caches: Caches | undefined): PageOptions {
  const hosts = hostsOf(allowedHosts)
  return { ...(caches && { caches }), ...(hosts && { hosts }) }
}

/** Django's ALLOWED_HOSTS: a name with a dot in front is a domain and all below it. */
function hostsOf(allowed: readonly string[]): readonly string[] | undefined {
  if (allowed.includes('*')) return undefined
  return allowed.flatMap((host) => (host.startsWith('.') ? [host.slice(1), `*${host}`] : [host]))
}

function decorate(spec: ViewSpec, view: Handler, options: PageOptions): RequestHandler {
  const decorated = spec.decorators.reduceRight<Handler>(
    (handler, decorator) => wrapperOf(decorator, options)?.(handler) ?? handler,
    view,
  )
  return decorated as RequestHandler
}

function wrapperOf([name, ...args]: Step, options: PageOptions): ((handler: Handler) => Handler) | undefined {
  const around = (wrapper: unknown) => wrapper as (handler: Handler) => Handler
  switch (name) {
    case 'csrf_exempt':
      return undefined
    case 'cache_page':
      return options.caches && around(cachePage(args[0] as number | null, options))
    case 'cache_control':
      return around(cacheControl(args[0] as CacheControlChanges))
    case 'never_cache':
      return around(neverCache)
    case 'vary_on_headers':
      return around(varyOnHeaders(...args.map(String)))
    case 'vary_on_cookie':
      return around(varyOnCookie)
    default:
      throw new Error(`the scenario has an unknown decorator ${name}`)
  }
}

/** Makes a view whose body tells which view it is of, the number of its run, and what it shows. */
function makeView(spec: ViewSpec, sessions: SessionEngine, counted: { runs: number }): Handler {
  return async (req, res) => {
    counted.runs += 1
    const body = { view: spec.path, run: counted.runs }
    const run: ViewRun = { req, res, sessions, shows: {}, template: undefined, isDone: false }
    for (const step of spec.does) {
      await carryOut(step, run)
      if (run.isDone) return
    }
    const padding = ' '.repeat(spec.bodySize ?? 0)
    res.type('json')
    if (run.template === undefined) res.send(JSON.stringify({ ...body, shows: run.shows }) + padding)
    else res.render(run.template, { body, ...run.shows })
  }
}
