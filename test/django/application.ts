import type { ServerResponse } from 'node:http'
import {
  addNeverCacheHeaders,
  type CacheControlChanges,
  type Caches,
  cacheControl,
  cachePage,
  conditionalGet,
  fetchFromCache,
  neverCache,
  patchCacheControl,
  patchResponseHeaders,
  patchVaryHeaders,
  updateCache,
  varyOnCookie,
  varyOnHeaders,
} from '@sitecache/express'
import compression from 'compression'
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import onHeaders from 'on-headers'
import type { AppSpec, Decorator, ResponseSpec, SiteSpec, ViewSpec } from './scenario.js'

type Handler = (req: Request, res: Response, next: (error?: unknown) => void) => unknown
type WithChoice = Request & { language?: string; timeZone?: string }

/** An application as a scenario describes it, and how often its views ran. */
export interface Built {
  readonly app: Express
  readonly runs: () => number
}

/** Makes the application that a scenario describes. */
export function build({ site, view, views = view ? [view] : [] }: AppSpec, caches: Caches): Built {
  const state = { runs: 0, sequence: 0 }
  const app = express().disable('x-powered-by').set('etag', false)
  const use = (list: readonly Decorator[] = []): void => {
    for (const spec of list) app.use(middleware(spec, site, state))
  }
  use([...(site.outside ?? []), ...(site.middlewareOutside ?? [])])
  const { seconds = 600, keyPrefix = '' } = site
  if (site.perSite) app.use(updateCache({ caches, timeout: seconds, keyPrefix }))
  use(site.middlewareBetween)
  if (site.perSite) app.use(fetchFromCache())
  for (const spec of views) {
    const handler = decorate(spec, caches, state)
    if (spec.path === undefined) app.use(handler)
    else app.all(spec.path, handler)
  }
  app.use(((_error, _req, res, _next) => {
    res.status(500).end('failed')
  }) as express.ErrorRequestHandler)
  return { app, runs: () => state.runs }
}

interface State {
  runs: number
  sequence: number
}

function middleware([name, ...args]: Decorator, site: SiteSpec, state: State): RequestHandler {
  switch (name) {
    case 'gzip':
      return compression({ threshold: 200 })
    case 'conditional':
      return conditionalGet() as RequestHandler
    case 'locale':
      return locale(site.languages ?? ['en', 'de', 'fr'], site.i18n === true)
    case 'timezone':
      return (req, _res, next) => {
        if (site.tz) Object.assign(req, { timeZone: req.get('x-tz') ?? 'UTC' })
        next()
      }
    case 'append_slash':
      return (req, res, next) =>
        req.path.endsWith('/') ? next() : res.writeHead(301, { Location: `${req.path}/` }).end()
    case 'answer':
      return answer(args[0] as { whenHeader: string; status: number; body: string })
    case 'set_header':
      return (_req, res, next) => {
        state.sequence += 1
        const value = String(args[1]).replace('{seq}', String(state.sequence))
        onHeaders(res, () => void res.setHeader(String(args[0]), value))
        next()
      }
    case 'patch_cache_control':
      return (_req, res, next) => {
        onHeaders(res, () => patchCacheControl(res, args[0] as CacheControlChanges))
        next()
      }
    default:
      throw new Error(`the scenario has an unknown middleware ${name}`)
  }
}

function answer({
  whenHeader,
  status,
  body,
}: {
  whenHeader: string
  status: number
  body: string
}): RequestHandler {
  return (req, res, next) => {
    if (req.get(whenHeader) === undefined) next()
    else res.status(status).end(body)
  }
}

/** Django's LocaleMiddleware: the language from Accept-Language, and what the response says of it. */
function locale(languages: readonly string[], on: boolean): RequestHandler {
  return (req, res, next) => {
    const language = String(req.acceptsLanguages([...languages]) || languages[0])
    Object.assign(req, { language })
    onHeaders(res, () => {
      patchVaryHeaders(res, ['Accept-Language'])
      if (!res.hasHeader('Content-Language')) res.setHeader('Content-Language', on ? language : 'en')
    })
    next()
  }
}

function decorate(spec: ViewSpec, caches: Caches, state: State): RequestHandler {
  const view: Handler = makeView(spec, state)
  const wrapped = spec.decorators.reduceRight<Handler>(
    (handler, decorator) => wrap(decorator, caches)(handler),
    view,
  )
  return wrapped as RequestHandler
}

function wrap([name, ...args]: Decorator, caches: Caches): (handler: Handler) => Handler {
  const around = (wrapper: unknown) => wrapper as (handler: Handler) => Handler
  switch (name) {
    case 'cache_page': {
      const { key_prefix: keyPrefix = '', cache = 'default' } = (args[1] ?? {}) as {
        key_prefix?: string
        cache?: string
      }
      return around(cachePage(args[0] as number | null, { caches, cache, keyPrefix: keyPrefix ?? '' }))
    }
    case 'cache_control':
      return around(cacheControl(args[0] as CacheControlChanges))
    case 'never_cache':
      return around(neverCache)
    case 'vary_on_headers':
      return around(varyOnHeaders(...(args as string[])))
    case 'vary_on_cookie':
      return around(varyOnCookie)
    case 'conditional_page':
      return around(conditionalGet())
    case 'gzip_page':
      return (handler) => (req, res, next) =>
        compression({ threshold: 200 })(req, res, () => handler(req, res, next))
    case 'condition':
      return condition((args[0] as { etag: string }).etag)
    default:
      throw new Error(`the scenario has an unknown decorator ${name}`)
  }
}

/** Django's `condition`: asks for the validator before the view runs. */
function condition(etag: string): (handler: Handler) => Handler {
  return (handler) => (req, res, next) => {
    res.setHeader('ETag', etag)
    return req.get('if-none-match') === etag ? res.status(304).end() : handler(req, res, next)
  }
}

function makeView({ response, responses = response ? [response] : [] }: ViewSpec, state: State): Handler {
  let calls = 0
  return (req, res) => {
    const spec = responses[Math.min(calls, responses.length - 1)]
    calls += 1
    state.runs += 1
    if (spec === undefined) throw new Error('the scenario has no response')
    if (spec.raise) throw new Error('the view raises')
    respond(req, res, spec, calls)
  }
}

function respond(req: Request, res: Response, spec: ResponseSpec, calls: number): void {
  res.statusCode = spec.status
  res.setHeader('X-Counter', String(calls))
  res.setHeader('Content-Type', 'text/html; charset=utf-8')
  for (const [name, value] of Object.entries(spec.headers ?? {})) res.setHeader(name, dated(value))
  if (spec.setCookies)
    res.setHeader(
      'Set-Cookie',
      spec.setCookies.map((cookie) => `${cookie}; Path=/`),
    )
  callHelpers(res, spec)
  const text = bodyOf(req, spec, calls)
  if (spec.streaming) for (const part of [text.slice(0, 2), text.slice(2)]) res.write(part)
  res.end(spec.streaming ? undefined : text)
}

function callHelpers(res: ServerResponse, spec: ResponseSpec): void {
  for (const names of spec.patchVary ?? []) patchVaryHeaders(res, names)
  if (spec.patchResponseHeaders !== undefined) patchResponseHeaders(res, spec.patchResponseHeaders)
  if (spec.neverCacheHeaders) addNeverCacheHeaders(res)
  for (const changes of spec.patchCacheControl ?? []) patchCacheControl(res, changes as CacheControlChanges)
}

function dated(value: string): string {
  return value.replace(/\{now([+-]\d+)\}/, (_, seconds) =>
    new Date(Date.now() + Number(seconds) * 1000).toUTCString(),
  )
}

function bodyOf(req: Request, { body, echo = [], bodySize = 0 }: ResponseSpec, calls: number): string {
  if (body === 'empty') return ''
  const { language = '', timeZone = 'UTC' } = req as WithChoice
  const echoes = echo.map((what) => ` ${what}=${what === 'language' ? language : timeZone}`)
  const text = body === 'fixed' ? 'fixed' : `n=${calls}${echoes.join('')}`
  return text.padEnd(bodySize, ' ')
}
