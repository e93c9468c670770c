import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type Cache, type Caches, createCaches } from '@sitecache/core'
import { redisStore } from '@sitecache/redis'
import { CacheSessionStore } from '@sitecache/session'
import { passSeconds } from '@sitecache/test-support/clock'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import request from '@sitecache/test-support/request'
import { startRedis } from '@sitecache/test-support/servers/redis'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import session from 'express-session'

declare module 'express-session' {
  interface SessionData {
    name: string
  }
}

/** An application with a sign-in. */
function application(cache: Cache | session.Store, options: Partial<session.SessionOptions> = {}): Express {
  const app = express()
  const store = cache instanceof session.Store ? cache : new CacheSessionStore({ cache })
  app.use(
    session({
      store,
      secret: 'test',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 60_000 },
      ...options,
    }),
  )
  app.post('/login/:name', (req, res, next) => {
    req.session.regenerate((error: unknown) => {
      if (error) return next(error)
      req.session.name = req.params.name
      res.send('welcome')
    })
  })
  app.post('/logout', (req, res, next) => {
    req.session.destroy((error: unknown) => (error ? next(error) : res.send('bye')))
  })
  app.get('/save', (req, res, next) => {
    req.session.save((error: unknown) => (error ? next(error) : res.send('saved')))
  })
  app.get('/remaining', (req, res) => void res.send(String(req.session.cookie.maxAge)))
  app.post('/browser', (req, res) => {
    req.session.name = 'Ada'
    Object.assign(req.session.cookie, { expires: false })
    res.send('until the browser closes')
  })
  app.get('/', (req, res) => void res.send(req.session.name ?? 'nobody'))
  app.use(
    (error: Error, _req: Request, res: Response, _next: NextFunction) =>
      void res.status(503).send(error.name),
  )
  return app
}

async function login(app: Express, name = 'Ada'): Promise<string> {
  const { headers } = await request(app).post(`/login/${name}`)
  return String(headers['set-cookie']?.[0]).split(';')[0] ?? ''
}

const who = async (app: Express, cookie: string) => (await request(app).get('/').set('Cookie', cookie)).text

const server = await startRedis()
/** A busy machine may be late, which is no fault of the server. */
const patient = { timeoutMs: 10_000 }
const redis = createCaches({ default: { store: redisStore(server.url, patient), keyPrefix: 'app' } })
afterAll(async () => {
  await redis.close()
  await server.stop()
})

describe.each<[string, () => Caches]>([
  ['memory', () => createCaches({ default: 'memory:' })],
  ['Redis', () => redis],
])('an application of Express with its sessions in %s', (_, make) => {
  let cache: Cache
  beforeEach(() => {
    cache = make().get('default')
  })

  it('knows who signed in, in each of its processes, and nobody else', async () => {
    const app = application(cache)
    const cookie = await login(app)
    const other = await login(app, 'Grace')
    expect(await who(app, cookie)).toBe('Ada')
    expect(await who(application(cache), cookie)).toBe('Ada')
    expect(await who(app, other)).toBe('Grace')
    expect(await who(app, 'connect.sid=s%3Aforged.signature')).toBe('nobody')
    expect(await who(app, '')).toBe('nobody')
  })

  it('has forgotten who signed out', async () => {
    const app = application(cache)
    const cookie = await login(app)
    await request(app).post('/logout').set('Cookie', cookie)
    expect(await who(app, cookie)).toBe('nobody')
  })

  it('gives a new id to who signs in again: the old one is worth nothing', async () => {
    const app = application(cache)
    const cookie = await login(app)
    const { headers } = await request(app).post('/login/Grace').set('Cookie', cookie)
    const again = String(headers['set-cookie']?.[0]).split(';')[0] ?? ''
    expect(again).not.toBe(cookie)
    expect(await who(app, again)).toBe('Grace')
    expect(await who(app, cookie)).toBe('nobody')
  })

  it('answers many requests of one visitor at the same time', async () => {
    const app = application(cache)
    const cookie = await login(app)
    const answers = await Promise.all(Array.from({ length: 30 }, () => who(app, cookie)))
    expect(new Set(answers)).toEqual(new Set(['Ada']))
  })
})

describe('sessions in time', () => {
  it('end with their cookie, and live on while the visitor comes back', async () => {
    const app = application(createCaches({ default: 'memory:' }).get('default'), { rolling: true })
    const cookie = await login(app)
    for (let i = 0; i < 5; i++) {
      passSeconds(50)
      expect(await who(app, cookie)).toBe('Ada')
    }
    passSeconds(61)
    expect(await who(app, cookie)).toBe('nobody')
  })

  // What express-session's own store does is what applications are written for.
  describe.each<[string, () => session.Store]>([
    ['MemoryStore', () => new session.MemoryStore()],
    [
      'CacheSessionStore',
      () => new CacheSessionStore({ cache: createCaches({ default: 'memory:' }).get('default') }),
    ],
  ])('in %s', (_name, make) => {
    it('are kept by save() after the first maxAge, while the visitor is active', async () => {
      const app = application(make(), { rolling: true })
      const cookie = await login(app)
      for (let i = 0; i < 3; i++) {
        passSeconds(50)
        expect(await who(app, cookie)).toBe('Ada')
      }
      expect((await request(app).get('/save').set('Cookie', cookie)).text).toBe('saved')
      expect(await who(app, cookie)).toBe('Ada')
    })

    it('tell the time that remains', async () => {
      const app = application(make(), { rolling: true })
      const cookie = await login(app)
      for (let i = 0; i < 3; i++) {
        passSeconds(25)
        const { text } = await request(app).get('/remaining').set('Cookie', cookie)
        expect(Math.round(Number(text) / 5000)).toBe(7)
      }
    })

    it('live as long as the browser with expires = false', async () => {
      const app = application(make())
      const { headers } = await request(app).post('/browser')
      const [line = ''] = headers['set-cookie'] ?? []
      expect(line).not.toMatch(/expires/i)
      passSeconds(3600)
      expect(await who(app, line.split(';')[0] ?? '')).toBe('Ada')
    })
  })

  it('are touched by requests that change nothing', async () => {
    const app = application(createCaches({ default: 'memory:' }).get('default'))
    const cookie = await login(app)
    passSeconds(40)
    expect(await who(app, cookie)).toBe('Ada')
    passSeconds(40)
    expect(await who(app, cookie)).toBe('Ada')
  })
})

describe("a cache of the sessions' own", () => {
  it('keeps visitors signed in when the pages are cleared', async () => {
    const caches = createCaches({
      default: { store: redisStore(server.url, patient), keyPrefix: 'pages' },
      sessions: { store: redisStore(server.url, patient), keyPrefix: 'sessions' },
    })
    const app = application(caches.get('sessions'))
    const cookie = await login(app)
    await caches.get('default').set('page', 1)
    await caches.get('default').clear()
    expect(await caches.get('default').get('page')).toBeUndefined()
    expect(await who(app, cookie)).toBe('Ada')
    await caches.close()
  })
})

describe('a store that fails', () => {
  const failing = (onError: 'miss' | 'throw') => {
    const store = new FaultyStore()
    return { store, app: application(createCaches({ default: { store, onError } }).get('default')) }
  }

  it('shows visitors as signed out, and knows them again when it is back', async () => {
    const { store, app } = failing('miss')
    const cookie = await login(app)
    store.failure = new Error('down')
    expect(await who(app, cookie)).toBe('nobody')
    expect((await request(app).post('/login/Grace')).status).toBe(200)
    expect((await request(app).post('/logout').set('Cookie', cookie)).status).toBe(200)
    store.failure = undefined
    expect(await who(app, cookie)).toBe('Ada')
  })

  it("is handed to the application's error handler, where that is asked", async () => {
    const { store, app } = failing('throw')
    const cookie = await login(app)
    store.failure = new Error('down')
    const response = await request(app).get('/').set('Cookie', cookie)
    expect([response.status, response.text]).toEqual([503, 'StoreError'])
    store.failure = undefined
    expect(await who(app, cookie)).toBe('Ada')
  })
})
