import type { IncomingMessage, ServerResponse } from 'node:http'
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
import pinoHttp from 'pino-http'
import responseTime from 'response-time'
import { watchExpressApplication } from '../../packages/express/src/inputs/index.js'
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
    expect((await ask([pinoHttp({}, discarded)], (req) => ({ ...req.headers }))).names).toEqual(['header:*'])
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
  })
})
