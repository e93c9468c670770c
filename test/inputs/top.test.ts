import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import compression from 'compression'
import connect from 'connect'
import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import cors from 'cors'
import express, { type Request, type RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import session from 'express-session'
import i18next from 'i18next'
import { handle, LanguageDetector } from 'i18next-http-middleware'
import morgan from 'morgan'
import onHeaders from 'on-headers'
import passport from 'passport'
import { pinoHttp } from 'pino-http'
import responseTime from 'response-time'
import { watchExpressApplication } from '../../packages/express/src/inputs/express-accessors.js'
import { serve } from '../support/serve.js'
import { LookUp, type Seen, seen } from './seen.js'

const secret = 'a secret'
const memorySession = (): RequestHandler => session({ secret, resave: false, saveUninitialized: true })
const translated = i18next.createInstance()
await translated.use(LanguageDetector).init({
  fallbackLng: 'en',
  preload: ['en', 'de'],
  resources: { en: { translation: { hi: 'hello' } }, de: { translation: { hi: 'hallo' } } },
})

type Read = (req: Request, res: express.Response) => unknown

async function ask(
  middlewares: readonly RequestHandler[],
  read: Read = () => 'hello',
  headers: Record<string, string> = {},
): Promise<Seen> {
  const lookUp = new LookUp('top')
  const app = express().use(lookUp.middleware)
  for (const middleware of middlewares) app.use(middleware)
  app.get('/', (req, res) => {
    res.send(inspect(read(req, res)))
  })
  return seen(lookUp, app, headers)
}

const discarded = { write: () => true }

const packages: Record<string, () => RequestHandler[]> = {
  'cookie-parser': () => [cookieParser(secret)],
  'express-session': () => [memorySession()],
  'cookie-parser and express-session': () => [cookieParser(secret), memorySession()],
  'cookie-session': () => [cookieSession({ secret })],
  morgan: () => [
    morgan('combined', { stream: discarded }),
    morgan('short', { immediate: true, stream: discarded }),
  ],
  'pino-http': () => [pinoHttp({}, discarded)],
  'express-rate-limit': () => [rateLimit({ validate: false })],
  cors: () => [cors()],
  'i18next-http-middleware': () => [handle(translated)],
  compression: () => [compression({ threshold: 0 })],
  'response-time': () => [responseTime()],
  'on-headers': () => [
    (req, res, next) => {
      onHeaders(res, () => void req.headers['x-foo'])
      next()
    },
  ],
  json: () => [express.json(), express.urlencoded({ extended: true })],
}

describe('a look-up on top of the middlewares', () => {
  it.each(Object.entries(packages))('pardons what %s reads in vain', async (_name, middlewares) => {
    const cookie = 'theme=dark; connect.sid=s%3Aabc.def; data=j%3A%7B%22a%22%3A1%7D'
    for (const headers of [{}, { cookie, origin: 'https://a.example', authorization: 'Bearer x' }]) {
      const page = await ask(middlewares(), () => 'hello', headers)
      expect(page).toMatchObject({ names: [], late: [], address: false, unseen: false, body: "'hello'" })
      const streamed = await ask(middlewares(), (_req, res) => res.write('a') && res.end(), headers)
      expect(streamed).toMatchObject({ names: [], late: [] })
    }
  })

  it('counts what a handler reads of what they put there', async () => {
    const cookie = 'theme=dark; connect.sid=s%3Aabc.def'
    const read = (req: Request): unknown => req.cookies.theme
    expect(await ask([cookieParser(secret)], read, { cookie })).toMatchObject({
      names: ['cookie:theme'],
      body: "'dark'",
    })
    expect(await ask([cookieParser(secret)], read)).toMatchObject({
      names: ['cookie:theme'],
      body: 'undefined',
    })
    expect(await ask([cookieParser()], (req) => ({ ...req.cookies }))).toMatchObject({ names: ['cookie:*'] })
    const session: Read[] = [(req) => Object.keys(req.session), (req) => typeof req.sessionID]
    for (const own of session)
      expect(await ask([memorySession()], own)).toMatchObject({ names: ['cookie:*'], changedSession: false })
    expect(await ask([cookieSession({ secret })], (req) => req.session)).toMatchObject({
      names: ['cookie:*'],
    })
    const languages: Read[] = [
      (req) => Reflect.get(req, 'language'),
      (req) => Reflect.get(req, 't').call(req, 'hi'),
      (_req, res) => res.locals.t('hi'),
    ]
    for (const own of languages) {
      const page = await ask([handle(translated)], own, { 'accept-language': 'de' })
      expect(page.names).toEqual(['accept-language', 'cookie:*'])
      expect(page.body).toMatch(/de|hallo/)
    }
  })

  it.each(['', ' ', ';', 'a', 'theme', 'theme=%E0%A4%A', 'other=1'])(
    'counts what a handler reads of the cookies of the header "%s"',
    async (cookie) => {
      for (const middlewares of [[cookieParser()], [cookieParser(secret)], [cookieParser(), memorySession()]])
        expect(await ask(middlewares, (req) => req.cookies.theme, { cookie })).toMatchObject({
          names: ['cookie:theme'],
        })
    },
  )

  it('sees it where no layer lies between', async () => {
    const lookUp = new LookUp('top')
    const middleware = cookieParser()
    const app = connect().use(lookUp.middleware)
    app.use((req: IncomingMessage, res: ServerResponse) => {
      middleware(req as Request, res as express.Response, () => {
        res.end(inspect(Reflect.get(req, 'cookies').theme))
      })
    })
    expect(await seen(lookUp, app, { cookie: 'theme=dark' })).toMatchObject({ names: ['cookie:theme'] })
    const inRoute = express().use(lookUp.middleware)
    inRoute.get('/', memorySession(), (req, res) => {
      res.send(String(Reflect.get(req.session, 'name')))
    })
    expect(await seen(lookUp, inRoute)).toMatchObject({ names: ['cookie:*'] })
  })

  it('notices that the session has changed', async () => {
    const page = await ask([memorySession()], (req) => Object.assign(req.session, { views: 1 }))
    expect(page).toMatchObject({ changedSession: true })
  })

  it('counts what other middlewares read, whatever they put there', async () => {
    const guard: RequestHandler = (req, res, next) => {
      if (req.headers.cookie === 'token=1') Object.assign(req, { auth: { id: 1 } })
      else res.status(401)
      next()
    }
    expect(await ask([guard])).toMatchObject({ names: ['cookie:*'] })
    const address: RequestHandler = (req, _res, next) => {
      Object.assign(req, { local: req.ip })
      next()
    }
    expect(await ask([address])).toMatchObject({ address: true })
    const locals: RequestHandler = (_req, res, next) => {
      res.locals.a = 1
      next()
    }
    expect(await ask([locals], (_req, res) => res.locals.a)).toMatchObject({ names: [] })
  })

  it('counts a handler’s own read beside a pardoned one', async () => {
    const page = await ask([cookieParser(), memorySession()], (req) => req.headers.cookie)
    expect(page.names).toEqual(['cookie:*'])
    const copied = await ask([pinoHttp({}, discarded)], (req) => ({ ...req.headers }))
    expect(copied.names).toEqual(['accept', 'accept-language', 'header:*', 'origin'])
  })

  it('pardons nothing where what is put there could be read unseen', async () => {
    const lookUp = new LookUp('top')
    const app = express()
    const slot = Symbol('cookies')
    Object.defineProperty(app.request, 'cookies', {
      get() {
        return Reflect.get(this, slot)
      },
      set(value) {
        Object.assign(this, { [slot]: value })
      },
    })
    app.use(lookUp.middleware, cookieParser()).get('/', (req, res) => {
      res.send(req.cookies.theme)
    })
    const page = await seen(lookUp, app, { cookie: 'theme=dark' })
    expect(page).toMatchObject({ names: ['cookie:*'], body: 'dark' })
  })

  it('counts a property that was there before a package has put it there anew', async () => {
    const first: RequestHandler = (req, res, next) => {
      Object.assign(req, { language: 'en' })
      res.locals.language = 'en'
      next()
    }
    const reads: Read[] = [(req) => Reflect.get(req, 'language'), (_req, res) => res.locals.language]
    for (const read of reads)
      for (const place of ['above', 'behind'] as const) {
        const lookUp = new LookUp('top')
        const app = express()
        if (place === 'above') app.use(first, lookUp.middleware)
        else app.use(lookUp.middleware, first)
        app.use(handle(translated)).get('/', (req, res) => {
          res.send(read(req, res))
        })
        const page = await seen(lookUp, app, { 'accept-language': 'de' })
        expect(page).toMatchObject({ names: ['accept-language', 'cookie:*'], body: 'de' })
      }
  })

  it('pardons passport where the session names a user, who is watched instead', async () => {
    const logins = new passport.Passport()
    logins.serializeUser((user, done) => done(null, Reflect.get(user, 'id')))
    logins.deserializeUser((id, done) => setImmediate(done, null, { id }))
    const lookUp = new LookUp('top')
    const app = express().use(lookUp.middleware, memorySession(), logins.initialize(), logins.session())
    app.get('/login', (req, res) => {
      req.login({ id: 'ann' }, () => res.send('signed in'))
    })
    app.get('/', (req, res) => {
      res.send(`hello ${'isAuthenticated' in req}`)
    })
    app.get('/user', (req, res) => {
      res.send(`hello ${Reflect.get(req.user ?? {}, 'id')}`)
    })
    app.get('/asked', (req, res) => {
      res.send(String(req.isAuthenticated()))
    })
    const url = await serve(app)
    const login = await fetch(`${url}/login`)
    await login.text()
    const cookie = String(login.headers.getSetCookie()[0]).split(';')[0] ?? ''
    expect(await lookUp.seenOf(url, { cookie })).toMatchObject({ names: [], changedSession: false })
    const user = await lookUp.seenOf(`${url}/user`, { cookie })
    expect(user).toMatchObject({ names: ['cookie:*'], body: 'hello ann' })
    expect(await lookUp.seenOf(`${url}/asked`, { cookie })).toMatchObject({
      names: ['cookie:*'],
      body: 'true',
    })
    // Nobody is signed in: nothing shows whether a handler asks for the user that is not there.
    expect(await lookUp.seenOf(url)).toMatchObject({ names: ['cookie:*'] })
  })

  it('may stand outside Express', async () => {
    const lookUp = new LookUp('top')
    const app = express().set('trust proxy', true).use(cookieParser())
    app.get('/', (req, res) => {
      res.send([req.protocol, req.hostname, req.xhr, req.cookies.a, typeof res.locals, req.get('x-b')].join())
    })
    watchExpressApplication(app)
    const page = await seen(lookUp, (req, res) => lookUp.middleware(req, res, () => app(req, res)), {
      cookie: 'a=1',
    })
    expect(page).toMatchObject({ names: ['cookie:a', 'x-b', 'x-requested-with'] })
    expect(page.body).toMatch(/^http,127.0.0.1,false,1,object,/)
    const languages = express().use(handle(translated))
    languages.get('/', (_req, res) => {
      res.send(res.locals.t('hi'))
    })
    const outside: RequestListener = (req, res) => lookUp.middleware(req, res, () => languages(req, res))
    const german = await seen(lookUp, outside, { 'accept-language': 'de' })
    expect(german).toMatchObject({ names: ['accept-language', 'cookie:*'], body: 'hallo' })
  })
})
