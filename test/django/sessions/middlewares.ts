import { conditionalGet, patchVaryHeaders } from '@sitecache/express'
import compression from 'compression'
import flash from 'connect-flash'
import type { Request, RequestHandler } from 'express'
import onHeaders from 'on-headers'
import { doubleSubmit, sessionToken } from './csrf-middlewares.js'
import { cookieMessages, flashMessages } from './messages.js'
import type { SiteSpec, Step, ViewSpec } from './scenario.js'
import type { SessionEngine } from './session-engines.js'
import { left, needed } from './visitor-request.js'

/** Parts that middlewares are made of. */
export interface Parts {
  readonly site: SiteSpec
  readonly views: readonly ViewSpec[]
  readonly sessions: SessionEngine
}

/** Returns the middlewares that stand for one of Django's. */
export function middlewaresOf(step: Step, parts: Parts): readonly RequestHandler[] {
  const [name, ...args] = step
  const [key = ''] = args.map(String)
  switch (name) {
    case 'common':
      return []
    case 'gzip':
      return [compression({ threshold: 200 })]
    case 'conditional':
      return [conditionalGet() as RequestHandler]
    case 'session':
      return [parts.sessions.middleware]
    case 'auth':
      return [afterwards(signIn)]
    case 'csrf':
      return [parts.site.csrfUseSessions ? sessionToken(exemptOf(parts)) : doubleSubmit(exemptOf(parts))]
    case 'messages':
      return parts.site.messageStorage === 'session' ? [flash(), flashMessages] : [cookieMessages]
    case 'locale':
      return [locale(parts.site)]
    case 'session_language':
      return [afterwards((req) => leave(req, 'language', sessionOf(req).lang ?? parts.site.defaultLanguage))]
    default:
      return [afterwards(readerOf(name, key, args[1]))]
  }
}

/** Middlewares that only read, write or pass on one value. */
function readerOf(name: string, key: string, value: unknown): (req: Request) => void {
  switch (name) {
    case 'read_session':
      return (req) => void sessionOf(req)[key]
    case 'set_session':
      return (req) => setOnce(sessionOf(req), key, value)
    case 'count_session':
      return (req) => countIn(sessionOf(req), key)
    case 'read_user':
      return (req) => void left(req, 'user')?.name
    case 'get_token':
      return (req) => void needed(req, 'csrfToken').call(req)
    case 'read_cookie':
      return (req) => void needed(req, 'cookies')[key]
    case 'read_header':
      return (req) => void req.get(key)
    case 'pass_session':
      return (req) => leave(req, 'passed', sessionOf(req)[key] ?? null)
    case 'pass_user':
      return (req) => leave(req, 'passed', left(req, 'user')?.name ?? null)
    case 'pass_cookie':
      return (req) => leave(req, 'passed', needed(req, 'cookies')[key] ?? null)
    case 'pass_header':
      return (req) => leave(req, 'passed', req.get(key) ?? null)
    default:
      throw new Error(`the scenario has an unknown middleware ${name}`)
  }
}

/**
 * Returns the middlewares in front of the look-up that set `res.locals`, as Django's context
 * processors.
 */
export function contextProcessor(spec: string): RequestHandler {
  const [name, key = ''] = spec.split(':')
  return (req, res, next) => {
    if (name === 'session') res.locals[key] = sessionOf(req)[key] ?? null
    else if (name === 'user') res.locals.user = left(req, 'user')
    else throw new Error(`the scenario has an unknown context processor ${spec}`)
    next()
  }
}

export function sessionOf(req: Request): Record<string, unknown> {
  return needed(req, 'session')
}

export function countIn(session: Record<string, unknown>, key: string): number {
  const count = Number(session[key] ?? 0) + 1
  session[key] = count
  return count
}

function setOnce(session: Record<string, unknown>, key: string, value: unknown): void {
  if (session[key] === undefined) session[key] = value
}

function afterwards(act: (req: Request) => void): RequestHandler {
  return (req, _res, next) => {
    act(req)
    next()
  }
}

function leave(req: Request, name: string, value: unknown): void {
  Object.assign(req, { [name]: value })
}

/** As passport does: a user is there only where one is signed in. */
function signIn(req: Request): void {
  const name = sessionOf(req).userId
  if (name !== undefined) leave(req, 'user', { name })
}

/**
 * Django's LocaleMiddleware: a cookie goes before Accept-Language, and only the latter is told in
 * Vary.
 */
function locale({ languages, defaultLanguage, i18n }: SiteSpec): RequestHandler {
  return (req, res, next) => {
    const chosen = String(needed(req, 'cookies').django_language)
    const language = languages.includes(chosen)
      ? chosen
      : req.acceptsLanguages([...languages]) || defaultLanguage
    leave(req, 'language', language)
    onHeaders(res, () => {
      patchVaryHeaders(res, ['Accept-Language'])
      res.setHeader('Content-Language', i18n ? language : defaultLanguage)
    })
    next()
  }
}

function exemptOf({ views }: Parts): (req: Request) => boolean {
  const paths = views.filter(isExempt).map(({ path }) => path)
  return (req) => paths.includes(req.path)
}

function isExempt({ decorators }: ViewSpec): boolean {
  return decorators.some(([name]) => name === 'csrf_exempt')
}
