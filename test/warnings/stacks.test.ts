import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  type Caches,
  cachePage,
  createCaches,
  fetchFromCache,
  type SiteOptions,
  siteCache,
  updateCache,
} from '@sitecache/express'
import request from '@sitecache/test-support/request'
import compression from 'compression'
import connect from 'connect'
import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import express, { type Express, type RequestHandler } from 'express'
import { expressjwt } from 'express-jwt'
import session from 'express-session'
import express4 from 'express4'
import helmet from 'helmet'
import jsonwebtoken from 'jsonwebtoken'
import passport from 'passport'
import { Strategy as BearerStrategy } from 'passport-http-bearer'
import { Strategy as LocalStrategy } from 'passport-local'
import { useWarnings } from './support/told.js'

const told = useWarnings()
/** Inputs are told of in development, and are no mistake. */
const codes = (): string[] => told().flatMap(({ code }) => (code === 'SITECACHE_INPUT' ? [] : [code]))

const token = jsonwebtoken.sign({ name: 'Ada' }, 'secret')
const security = new passport.Passport()
security.use(
  new LocalStrategy((name, password, done) => done(null, password === 'secret' && { id: name, name })),
)
security.use(
  new BearerStrategy((given: string, done: (error: null, user: unknown) => void) =>
    done(null, given === token && { id: 'Ada' }),
  ),
)
security.serializeUser((user, done) => done(null, user))
security.deserializeUser((user: Express.User, done) => done(null, user))

const { SITECACHE_DEBUG } = process.env
beforeEach(() => {
  process.env.SITECACHE_DEBUG = '1'
})
afterEach(() => {
  if (SITECACHE_DEBUG === undefined) delete process.env.SITECACHE_DEBUG
  else process.env.SITECACHE_DEBUG = SITECACHE_DEBUG
})

type Options = SiteOptions & { readonly caches: Caches }
type Build = (options: Options) => Express

const sessions = (): RequestHandler => session({ secret: 'secret', resave: false, saveUninitialized: false })
const logins = (): RequestHandler[] => [sessions(), security.session()]
const jwt = (): RequestHandler =>
  expressjwt({
    secret: 'secret',
    algorithms: ['HS256'],
    getToken: ({ headers: { authorization, cookie } }) =>
      /Bearer (\S+)/.exec(authorization ?? '')?.[1] ?? /token=([^;]+)/.exec(cookie ?? '')?.[1],
  }) as RequestHandler
const guard: RequestHandler = (req, res, next) => {
  if (req.isAuthenticated?.()) next()
  else res.sendStatus(401)
}
const bearer = (): RequestHandler => security.authenticate('bearer', { session: false })
const nameOf = (req: express.Request): string => String(Reflect.get(Object(req.user), 'name') ?? 'nobody')
const news: RequestHandler = (_req, res) => void res.send(`News ${'x'.repeat(2000)}`)
const greeting: RequestHandler = (req, res) => void res.send(`Hello ${nameOf(req)} ${'x'.repeat(2000)}`)
const members: RequestHandler = (_req, res) => void res.send(`Members ${'x'.repeat(2000)}`)

/** The routes of a site with logins. */
function routes(app: Express, ...guards: RequestHandler[]): Express {
  app
    .get('/', news)
    .get('/hello', greeting)
    .get('/members', ...guards, members)
  app.post('/login', express.urlencoded({ extended: false }), security.authenticate('local'), (_req, res) => {
    res.redirect('/')
  })
  app.use(((_error, _req, res, _next) => void res.sendStatus(401)) as express.ErrorRequestHandler)
  return app
}

/** Two visitors look around, of whom one signs in; others have a token. */
async function visit(build: Build): Promise<string[]> {
  const caches = createCaches({ default: 'memory:' })
  const app = build({ caches })
  const send = async (cookies: Map<string, string>, path: string, headers = {}, form?: object) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const own = { host: 'shop.example', 'accept-encoding': 'gzip', ...(cookie !== '' && { cookie }) }
    const sent = form === undefined ? request(app).get(path) : request(app).post(path).type('form').send(form)
    const { headers: got } = await sent.set({ ...own, ...headers })
    for (const line of [got['set-cookie'] ?? []].flat()) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split('=', 2) ?? []
      cookies.set(name, value)
    }
    await caches.idle()
  }
  const look = async (cookies: Map<string, string>, headers = {}): Promise<void> => {
    for (const path of ['/', '/hello', '/members']) await send(cookies, path, headers)
  }
  const [ann, ben] = [new Map<string, string>(), new Map<string, string>()]
  await look(ann)
  await look(ben)
  await send(ann, '/login', {}, { username: 'ann', password: 'secret' })
  for (const who of [ann, ben, ann]) await look(who)
  await look(new Map(), { authorization: `Bearer ${token}` })
  await look(new Map([['token', token]]))
  await look(ben)
  return codes()
}

const between = (options: Options, ...middlewares: RequestHandler[]): Express =>
  express().use(updateCache(options), ...middlewares, fetchFromCache())

const shared = { inputs: 'declared', isAuthenticated: () => false } as const

const right: Readonly<Record<string, Build>> = {
  'the order of the README: all between': (options) =>
    routes(between(options, helmet(), compression(), ...logins()), guard),
  'helmet above, the rest between': (options) =>
    routes(express().use(helmet(), between(options, compression(), cookieParser(), ...logins())), guard),
  'all below siteCache()': (options) =>
    routes(express().use(siteCache(options), helmet(), compression(), ...logins()), guard),
  'sessions above siteCache()': (options) =>
    routes(express().use(...logins(), siteCache(options), compression()), guard),
  'cookie-session between': (options) =>
    routes(between(options, cookieSession({ name: 's', keys: ['k'] }), compression()), jwt()),
  'express-jwt between': (options) => routes(between(options, compression(), jwtIfThere()), jwt()),
  'a bearer token at the route': (options) => routes(between(options, ...logins()), bearer()),
  'pages that visitors share, a guard of the session between': (options) =>
    routes(between({ ...options, ...shared }, ...logins(), guardOf('/members')), guard),
  // What a session holds is Vary: Cookie, whatever is declared.
  'pages that visitors share, a guard of the session at the route': (options) =>
    routes(between({ ...options, ...shared }, ...logins()), guard),
  'a guard of the session behind cachePage(), with pages that visitors share': (options) =>
    routes(express().use(...logins()), cachePage('1m', { ...options, ...shared }), guard),
  'express-jwt in front of cachePage()': (options) =>
    routes(express().use(...logins()), jwt(), cachePage('1m', { ...options, ...shared })),
  'a guard in front of cachePage()': (options) =>
    routes(express().use(...logins()), guard, cachePage('1m', { ...options, ...shared })),
  'a guard behind cachePage(), whose reads are inputs': (options) =>
    routes(express().use(...logins()), cachePage('1m', options), guard),
}

/** A token that is no must. */
function jwtIfThere(): RequestHandler {
  return expressjwt({ secret: 'secret', algorithms: ['HS256'], credentialsRequired: false }) as RequestHandler
}

function guardOf(path: string): RequestHandler {
  return (req, res, next) => (req.path === path ? guard(req, res, next) : next())
}

describe('stacks in a right order', () => {
  it.each(Object.entries(right))('are not warned of: %s', async (_name, build) => {
    expect(await visit(build)).toEqual([])
  })
})

const wrong: Readonly<Record<string, readonly [Build, readonly string[]]>> = {
  'passport and its session below fetchFromCache()': [
    (options) => routes(between(options, helmet()).use(compression(), ...logins()), guard),
    ['SITECACHE_SESSION'],
  ],
  'cookie-session below fetchFromCache()': [
    (options) =>
      routes(between(options).use(cookieSession({ name: 's', keys: ['k'] }), security.session()), guard),
    ['SITECACHE_SESSION'],
  ],
  'compression above': [
    (options) => routes(express().use(compression(), between(options, helmet(), ...logins())), guard),
    ['SITECACHE_COMPRESSION'],
  ],
  'express-jwt below siteCache(), with pages that visitors share': [
    (options) => routes(express().use(siteCache({ ...options, ...shared }), ...logins()), jwt()),
    ['SITECACHE_GUARD'],
  ],
  'express-jwt behind cachePage(), with pages that visitors share': [
    (options) => routes(express(), cachePage('1m', { ...options, ...shared }), jwt()),
    ['SITECACHE_GUARD'],
  ],
}

/** A middleware that is made for each request, below real ones that wait. */
const perRequest: RequestHandler = (req, res, next) => cachePage('1m', { caches: inHandler })(req, res, next)
const inHandler = createCaches({ default: 'memory:' })

const connected = (...middlewares: RequestHandler[]): RequestListener => {
  const app = connect()
  for (const it of middlewares) app.use(it as connect.NextHandleFunction)
  return app
}

describe('a middleware that is made for each request', () => {
  const waiting = session({ secret: 'secret', resave: false, saveUninitialized: true })
  const later: RequestHandler = (_req, _res, next) => void setImmediate(next)
  const pageOf: RequestHandler = (_req, res) => void res.end('page')

  it.each<[string, RequestListener]>([
    ['below express-session and compression', express().use(waiting, compression(), perRequest, pageOf)],
    ['below a middleware that waits, in Express', express().use(later, perRequest, pageOf)],
    ['below a middleware that waits, in Express 4', express4().use(later, perRequest, pageOf)],
    ['below a middleware that waits, in Connect', connected(later, perRequest, pageOf)],
    [
      'in a router of a router',
      express().use('/a', express.Router().use(later).get('/', perRequest, pageOf)),
    ],
  ])('is warned of: %s', async (_name, app) => {
    const first = await request(app).get('/a')
    const cookie = String(first.headers['set-cookie'] ?? 'a=b').split(';', 1)[0] ?? ''
    // The line that makes it is known since the first test.
    for (let i = 0; i < 2; i += 1) await request(app).get('/a').set('Cookie', cookie)
    expect(codes()).toEqual(['SITECACHE_HANDLER'])
  })

  it('is none where the application is made at the start', async () => {
    const app = express().use(
      later,
      express.Router().get('/a', cachePage('1m', { caches: inHandler }), pageOf),
    )
    const other = connected(later, siteCache({ caches: inHandler }) as RequestHandler, pageOf)
    for (const one of [app, other]) for (let i = 0; i < 3; i += 1) await request(one).get('/a')
    expect(codes()).toEqual([])
  })
})

describe('stacks in a wrong order', () => {
  it.each(Object.entries(wrong))('are warned of: %s', async (_name, [build, expected]) => {
    expect(await visit(build)).toEqual(expected)
  })
})
