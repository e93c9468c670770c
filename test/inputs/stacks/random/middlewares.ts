import { Writable } from 'node:stream'
import clientSessions from 'client-sessions'
import compression from 'compression'
import flash from 'connect-flash'
import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import cors from 'cors'
import { csrfSync } from 'csrf-sync'
import express, { type RequestHandler, type Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import session from 'express-session'
import { express as useragent } from 'express-useragent'
import fc from 'fast-check'
import helmet from 'helmet'
import { createInstance } from 'i18next'
import { handle as i18nHandle, LanguageDetector } from 'i18next-http-middleware'
import lusca from 'lusca'
import methodOverride from 'method-override'
import morgan from 'morgan'
import onHeaders from 'on-headers'
import { Passport } from 'passport'
import { Strategy as BearerStrategy } from 'passport-http-bearer'
import { ExtractJwt, Strategy as JwtStrategy } from 'passport-jwt'
import responseTime from 'response-time'
import { plain } from './plain.js'
import { languages, secret } from './visitors.js'
import { running, type StackRequest } from './ways.js'

/** Middleware that looks at what others have added. */
function middleware(run: (req: StackRequest, res: Response, next: () => void) => unknown): RequestHandler {
  return run as unknown as RequestHandler
}

async function i18n(): Promise<RequestHandler> {
  const instance = createInstance()
  const resources = Object.fromEntries(languages.map((tag) => [tag, { translation: { hi: `${tag}-hi` } }]))
  await instance.use(LanguageDetector).init({ fallbackLng: 'en', preload: [...languages], resources })
  return i18nHandle(instance) as never
}
const translate = await i18n()
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })

/** Middlewares that may stand anywhere, by name. */
const usual: Readonly<Record<string, () => RequestHandler>> = {
  cookieParser: () => cookieParser(),
  i18n: () => translate,
  useragent: () => useragent() as never,
  'tenant on res.locals': () =>
    middleware((req, res, next) => {
      res.locals.tenant = req.get('x-tenant')
      next()
    }),
  'tenant on req': () =>
    middleware((req, _res, next) => {
      req.tenant = String(req.headers['x-tenant'])
      next()
    }),
  compression: () => compression({ threshold: 0 }),
  helmet: () => helmet(),
  cors: () => cors({ origin: true, credentials: true }),
  morgan: () => morgan('combined', { stream: nowhere }),
  responseTime: () => responseTime(),
  onHeaders: () => (_req, res, next) => {
    onHeaders(res, () => void res.setHeader('X-On', '1'))
    next()
  },
  rateLimit: () =>
    rateLimit({ windowMs: 60_000, limit: 100_000, validate: false, standardHeaders: 'draft-7' }),
  methodOverride: () => methodOverride(),
  json: () => express.json(),
  urlencoded: () => express.urlencoded({ extended: false }),
}

/** Names of middlewares in their order. */
export const usualNames = fc.shuffledSubarray(Object.keys(usual), { maxLength: 7 })

export function usualMiddleware(name: string): RequestHandler {
  const make = usual[name]
  if (make === undefined) throw new Error(`no middleware is called ${name}`)
  return make()
}

/** How visitors are recognised. */
export const people = fc.record(
  {
    sessions: fc.constantFrom('none', 'express-session', 'cookie-session', 'client-sessions'),
    saveUninitialized: fc.boolean(),
    resave: fc.boolean(),
    rolling: fc.boolean(),
    passport: fc.boolean(),
    tokens: fc.constantFrom('none', 'none', 'jwt', 'bearer'),
    flash: fc.boolean(),
    csrf: fc.constantFrom('none', 'none', 'lusca', 'csrf-sync', 'csrf-sync in locals'),
    locals: fc.constantFrom('none', 'user', 'userName'),
    context: fc.constantFrom('none', 'object', 'class'),
  },
  plain,
)
export type People = typeof people extends fc.Arbitrary<infer T> ? T : never

type Made = readonly RequestHandler[]
const none: Made = []

function sessionsOf({ sessions, ...people }: People): Made {
  const { saveUninitialized, resave, rolling } = people
  const made: Readonly<Record<string, () => RequestHandler>> = {
    'express-session': () => session({ secret, saveUninitialized, resave, rolling }),
    'cookie-session': () => cookieSession({ keys: [secret] }),
    'client-sessions': () => clientSessions({ cookieName: 'session', secret, duration: 1e7 }),
  }
  const make = made[sessions]
  return make === undefined ? none : [make()]
}

/** Gives a session kept in a cookie the methods that passport calls. */
const withMethods = middleware((req, _res, next) => {
  const { session } = req
  const call = { value: (done: () => void) => done(), enumerable: false, configurable: true }
  try {
    if (session && session.regenerate === undefined)
      Object.defineProperties(session, { regenerate: call, save: call })
  } catch {
    // client-sessions has a Proxy that refuses it: signing in then fails.
  }
  next()
})

function passportOf({ sessions, passport }: People): Made {
  if (!passport || sessions === 'none') return none
  const own = new Passport()
  own.serializeUser((user, done) => done(null, (user as { name: string }).name))
  own.deserializeUser((name, done) => done(null, { name: String(name) }))
  const above = sessions === 'express-session' ? none : [withMethods]
  return [...above, own.initialize(), own.session()]
}

type Done = (error: null, user: object) => void
const subjectOf = (token: string): object =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

function tokensOf({ tokens }: People): Made {
  if (tokens === 'none') return none
  const own = new Passport()
  const options = { secretOrKey: secret, jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken() }
  const strategy =
    tokens === 'jwt'
      ? new JwtStrategy(options, ({ sub }: { sub: string }, done: Done) => done(null, { sub }))
      : new BearerStrategy((token: string, done: Done) => done(null, subjectOf(token)))
  own.use('token', strategy as never)
  const judge = own.authenticate('token', { session: false }) as RequestHandler
  return [(req, res, next) => (req.headers.authorization === undefined ? next() : judge(req, res, next))]
}

function csrfOf({ csrf }: People): Made {
  const { generateToken } = csrfSync()
  const made: Readonly<Record<string, RequestHandler>> = {
    lusca: (req, res, next) => (req.method === 'POST' ? next() : lusca.csrf()(req, res, next)),
    'csrf-sync': middleware((req, _res, next) => {
      req.csrfToken ??= () => generateToken(req as never)
      next()
    }),
    'csrf-sync in locals': middleware((req, res, next) => {
      res.locals.csrf = generateToken(req as never)
      next()
    }),
  }
  const make = made[csrf]
  return make === undefined ? none : [make]
}

function localsOf({ locals }: People): Made {
  if (locals === 'none') return none
  return [
    middleware((req, res, next) => {
      const user = req.session?.user ?? req.user?.name
      res.locals[locals] = locals === 'userName' || user === undefined ? user : { name: user }
      next()
    }),
  ]
}

/** Keeps the request to itself, where nothing but its methods shows it. */
class Context {
  readonly #req: StackRequest

  constructor(req: StackRequest) {
    this.#req = req
  }

  get user(): string | undefined {
    return this.#req.session?.user ?? this.#req.user?.name
  }

  told(): string | undefined {
    return this.user
  }
}

function contextOf({ context }: People): Made {
  if (context === 'none') return none
  const object = (req: StackRequest) => ({ user: req.session?.user, told: () => req.session?.user })
  return [
    middleware((req, _res, next) => {
      req.ctx = context === 'class' ? new Context(req) : object(req)
      next()
    }),
  ]
}

/** The middlewares by which visitors are recognised, in the order of their READMEs. */
export function recognise(people: People): Made {
  const messages = people.sessions === 'express-session' && people.flash ? [flash()] : none
  const csrf = people.sessions === 'express-session' ? csrfOf(people) : none
  return [
    ...sessionsOf(people),
    ...passportOf(people),
    ...messages,
    ...csrf,
    ...tokensOf(people),
    ...localsOf(people),
    ...contextOf(people),
  ]
}

/** Below all caches: what is read of it on a request that a page answers is read by nobody. */
export const runs = middleware((req, _res, next) => {
  const current = {
    get user() {
      return req.session?.user
    },
  }
  running.run(current, next)
})
