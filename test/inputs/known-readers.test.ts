import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import clientSessions from 'client-sessions'
import cookieParser from 'cookie-parser'
import cookieSession from 'cookie-session'
import cors from 'cors'
import express, { type RequestHandler } from 'express'
import { expressjwt } from 'express-jwt'
import { rateLimit } from 'express-rate-limit'
import session from 'express-session'
import i18next from 'i18next'
import { handle, LanguageDetector } from 'i18next-http-middleware'
import morgan from 'morgan'
import passport from 'passport'
import { pinoHttp } from 'pino-http'
import { callers, isOwnFile, packageOf } from '../../packages/express/src/inputs/callers.js'
import { ask } from '../support/ask.js'
import { serve } from '../support/serve.js'
import { noting, type Readers, watchReads } from './reading.js'

/** Answers by whom each header, and the address, was read while a middleware ran: `undefined` is not pardoned. */
async function readersOf(middlewares: readonly RequestHandler[], handler?: RequestHandler) {
  const readers: Readers = new Map()
  const app = express()
  app.use((req, _res, next) => {
    watchReads(req, readers)
    next()
  })
  app.use(...(middlewares as [RequestHandler]))
  app.get('/', handler ?? ((_req, res) => void res.end()))
  const url = await serve(app as RequestListener)
  await ask(url, {
    Cookie: 'connect.sid=1; theme=dark; s=1',
    'Accept-Language': 'de',
    Authorization: 'Bearer x.y.z',
  })
  return readers
}

const to = { write() {} }
const pass: RequestHandler = (_req, _res, next) => next()

describe('reads of the request are pardoned', () => {
  const known: [string, string, () => RequestHandler[] | Promise<RequestHandler[]>][] = [
    ['cookie-parser', 'cookie', () => [cookieParser()]],
    ['express-session', 'cookie', () => [session({ secret: 's', resave: false, saveUninitialized: true })]],
    [
      'cookie-session',
      'cookie',
      () => [cookieSession({ keys: ['k'] }), (req, _res, next) => next(void req.session)],
    ],
    [
      'client-sessions',
      'cookie',
      () => [
        clientSessions({ cookieName: 's', secret: 'x'.repeat(32) }),
        (req, _res, next) => next(void Reflect.get(req, 's')),
      ],
    ],
    ['morgan', 'authorization', () => [morgan('combined', { immediate: true, stream: to })]],
    ['morgan', 'address', () => [morgan('combined', { immediate: true, stream: to })]],
    ['pino-http', 'address', () => [pinoHttp({ level: 'info' }, to as never) as RequestHandler]],
    ['express-rate-limit', 'address', () => [rateLimit({ validate: false })]],
    ['cors', 'origin', () => [cors({ origin: ['http://a.example'] })]],
    [
      'i18next-http-middleware',
      'accept-language',
      async () => {
        const i18n = i18next.createInstance().use(LanguageDetector)
        await i18n.init({ fallbackLng: 'en', preload: ['en'], resources: { en: { translation: {} } } })
        return [handle(i18n) as RequestHandler]
      },
    ],
  ]
  it.each(known)('of %s: %s', async (name, read, make) => {
    const readers = await readersOf(await make())
    expect(readers.get(read)).toBeDefined()
    expect(new Set(readers.get(read))).toEqual(new Set([name]))
  })

  it("of passport's own session strategy", async () => {
    const readers: Readers = new Map()
    const app = express()
    app.use((req, _res, next) => {
      noting(req, 'session', { passport: {} }, readers)
      next()
    })
    app.use(passport.initialize(), passport.session(), (_req, res) => void res.end())
    await ask(await serve(app as RequestListener))
    expect(new Set(readers.get('session'))).toEqual(new Set(['passport']))
  })
})

describe('reads of the request are not pardoned', () => {
  const guards: [string, string, () => RequestHandler[]][] = [
    ["of the application's own code", 'cookie', () => [(req, _res, next) => next(void req.headers.cookie)]],
    ['of what Express reads for it', 'cookie', () => [(req, _res, next) => next(void req.get('cookie'))]],
    [
      'of a guard that is installed',
      'authorization',
      () => [expressjwt({ secret: 's', algorithms: ['HS256'] }), pass],
    ],
    [
      'of a function that the application hands a known package',
      'x-tenant',
      () => [cors((req, done) => done(null, { origin: String(req.headers['x-tenant']) }))],
    ],
    [
      "of a log's token that the application defines",
      'x-user',
      () => [
        morgan((_: unknown, req: IncomingMessage) => String(req.headers['x-user']), {
          immediate: true,
          stream: to,
        }),
      ],
    ],
  ]
  it.each(guards)('%s', async (_, read, make) => {
    const readers = await readersOf(make())
    expect(readers.get(read)).toBeDefined()
    expect(new Set(readers.get(read))).toEqual(new Set([undefined]))
  })

  it('of Express itself, below a middleware that is known', async () => {
    const app = express()
    const readers: Readers = new Map()
    app.use(cookieParser(), (req, _res, next) => {
      noting(req, 'method', req.method, readers)
      next()
    })
    app.get('/', (_req, res) => void res.end())
    await ask(await serve(app as RequestListener))
    expect(new Set(readers.get('method'))).toEqual(new Set([undefined]))
  })

  it("of passport's isAuthenticated, which guards ask", async () => {
    const readers: Readers = new Map()
    const app = express()
    app.use(passport.initialize({ compat: false }), passport.session() as RequestHandler, (req, res) => {
      noting(req, 'user', undefined, readers)
      req.isAuthenticated()
      res.end()
    })
    Object.defineProperty(app.request, 'session', { value: {}, writable: true })
    await ask(await serve(app as RequestListener))
    expect(readers.get('user')).toEqual([undefined])
  })
})

describe('a file', () => {
  const files: [string, string | undefined][] = [
    ['/app/node_modules/morgan/index.js', 'morgan'],
    ['/app/node_modules/.pnpm/morgan@1.10.1/node_modules/morgan/index.js', 'morgan'],
    ['/app/.yarn/cache/morgan-npm-1.10.1-0a.zip/node_modules/morgan/index.js', 'morgan'],
    ['/app/.yarn/__virtual__/morgan-1/0/cache/morgan-npm-1.zip/node_modules/morgan/index.js', 'morgan'],
    ['C:\\app\\node_modules\\morgan\\index.js', 'morgan'],
    ['C:\\app\\node_modules\\@acme\\morgan\\index.js', '@acme/morgan'],
    ['/app/node_modules/@acme/morgan/node_modules/guard/a.js', 'guard'],
    ['/app/src/morgan/index.js', undefined],
    ['/app/node_modules', undefined],
    ['node:internal/process', undefined],
  ]
  it.each(files)('%s belongs to %s', (file, name) => {
    expect(packageOf(file)?.name).toBe(name)
  })

  it('is known with the path that it has in its package', () => {
    expect(packageOf('C:\\a\\node_modules\\passport\\lib\\strategies\\session.js')).toEqual({
      name: 'passport',
      path: 'lib/strategies/session.js',
    })
  })
})

describe('callers', () => {
  it('are the files that called, with their lines', () => {
    const [own, other] = callers(2)
    expect([own?.file, other?.file].map(String)[0]).toMatch(/known-readers\.test\.ts$/)
    expect(own?.source().line).toBeGreaterThan(0)
    expect(isOwnFile(String(own?.file))).toBe(false)
  })

  it("leave the application's own stacks as they were", () => {
    const before = { limit: Error.stackTraceLimit, prepare: Error.prepareStackTrace }
    const prepare = () => 'own'
    try {
      Error.prepareStackTrace = prepare
      Error.stackTraceLimit = 3
      expect(callers(5).length).toBeGreaterThan(3)
      expect([Error.prepareStackTrace, Error.stackTraceLimit]).toEqual([prepare, 3])
      expect(new Error('x').stack).toBe('own')
    } finally {
      Error.prepareStackTrace = before.prepare
      Error.stackTraceLimit = before.limit
    }
  })

  it('are found in modules of either kind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'callers-'))
    try {
      const home = join(folder, 'node_modules', 'morgan')
      await mkdir(home, { recursive: true })
      await writeFile(join(home, 'a.mjs'), 'export default (fn) => fn()')
      const { default: call } = await import(pathToFileURL(join(home, 'a.mjs')).href)
      expect(packageOf(String(call(() => callers(3))[1]?.file))?.name).toBe('morgan')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
