import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import cookieParser from 'cookie-parser'
import express, { type Express, type Request, type RequestHandler } from 'express'
import session from 'express-session'

type Options = Parameters<typeof updateCache>[0]
type WithUser = Request & { user?: { name: string } }

const sessions = (): RequestHandler => session({ secret: 's', resave: false, saveUninitialized: false })

/** Signs in by a cookie, as passport would. */
const signIn: RequestHandler = (req, _res, next) => {
  const name = /user=(\w+)/.exec(req.headers.cookie ?? '')?.[1]
  if (name !== undefined) (req as WithUser).user = { name }
  next()
}

function site(between: readonly RequestHandler[], options: Options, handler: RequestHandler): Express {
  const app = express()
  app.use(updateCache({ cache: freshCache(), ...options }))
  for (const middleware of between) app.use(middleware)
  app.use(fetchFromCache())
  app.get('/', handler)
  app.post('/sign-in', (req, res) => {
    Object.assign((req as Request & { session: object }).session, { name: String(req.query.name) })
    res.end()
  })
  return app
}

const greet: RequestHandler = (req, res) => {
  res.send(`Hello ${(req as WithUser).user?.name ?? 'stranger'}`)
}

async function as(app: Express, cookie: string): Promise<string> {
  return (await request(app).get('/').set('Cookie', cookie)).text
}

describe('a page for a signed-in visitor', () => {
  it('is never another’s, though the handler says no Vary', async () => {
    const app = site([signIn], {}, greet)
    for (let round = 0; round < 2; round += 1) {
      expect(await as(app, 'user=ada')).toBe('Hello ada')
      expect(await as(app, 'user=bob')).toBe('Hello bob')
      expect(await as(app, '')).toBe('Hello stranger')
    }
  })

  const counted = (options: Options): { app: Express; renders: () => number } => {
    let renders = 0
    const app = site([signIn], options, (req, res, next) => {
      renders += 1
      greet(req, res, next)
    })
    return { app, renders: () => renders }
  }

  it('is cached for that visitor, whom the application names', async () => {
    const { app, renders } = counted({ visitor: (req) => (req as WithUser).user?.name })
    for (let round = 0; round < 2; round += 1) expect(await as(app, 'user=ada')).toBe('Hello ada')
    expect(renders()).toBe(1)
  })

  it('is not cached where nothing vouches for the visitor: a cookie of the application is no identity', async () => {
    const { app, renders } = counted({})
    for (let round = 0; round < 2; round += 1) expect(await as(app, 'user=ada')).toBe('Hello ada')
    expect(renders()).toBe(2)
  })

  it('is neither looked up nor stored under anonymousOnly', async () => {
    let renders = 0
    const app = site([signIn], { anonymousOnly: true }, (_req, res) => {
      renders += 1
      res.send('same for all')
    })
    await as(app, '')
    const signedIn = await request(app).get('/').set('Cookie', 'user=ada')
    expect(renders).toBe(2)
    expect(signedIn.headers['cache-status']).toBe('sitecache; fwd=bypass; detail=signed-in')
    await as(app, '')
    expect(renders).toBe(2)
  })

  it('is told by isAuthenticated where the application has its own way', async () => {
    const app = site([], { isAuthenticated: (req) => req.headers['x-user'] !== undefined }, (req, res) => {
      res.send(`Hello ${req.get('x-user')}`)
    })
    for (const name of ['ada', 'bob', 'ada']) {
      expect((await request(app).get('/').set('X-User', name)).text).toBe(`Hello ${name}`)
    }
  })

  it.each([
    [
      'siteCache',
      (app: Express, cache: ReturnType<typeof freshCache>) => express().use(siteCache({ cache })).use(app),
    ],
    ['withSiteCache', (app: Express, cache: ReturnType<typeof freshCache>) => withSiteCache(app, { cache })],
  ])('is not kept by %s, which looks up before anybody is known', async (_name, front) => {
    const app = express().use(signIn).get('/', greet)
    const whole = front(app, freshCache())
    for (const name of ['ada', 'bob', 'ada']) {
      expect((await request(whole).get('/').set('Cookie', `user=${name}`)).text).toBe(`Hello ${name}`)
    }
  })

  it('is not kept when somebody signs in while it is rendered', async () => {
    const app = express()
    app.use(siteCache({ cache: freshCache() })).get('/', (req, res, next) => {
      if (req.query.name !== undefined) (req as WithUser).user = { name: String(req.query.name) }
      greet(req, res, next)
    })
    expect((await request(app).get('/?name=ada')).headers['cache-status']).toMatch(/detail=signed-in/)
  })
})

describe('express-session between the two', () => {
  const readsSession: RequestHandler = (req, res) => {
    const { name } = (req as unknown as { session: { name?: string } }).session
    res.send(`Hello ${name ?? 'stranger'}`)
  }

  async function visitor(app: Express, name: string): Promise<string> {
    const response = await request(app).post(`/sign-in?name=${name}`)
    return String(response.headers['set-cookie']?.[0]).split(';')[0] ?? ''
  }

  it('makes a page that reads the session vary by Cookie, as Django does', async () => {
    const app = site([sessions()], {}, readsSession)
    const [ada, bob] = [await visitor(app, 'ada'), await visitor(app, 'bob')]
    for (let round = 0; round < 2; round += 1) {
      expect(await as(app, ada)).toBe('Hello ada')
      expect(await as(app, bob)).toBe('Hello bob')
      expect(await as(app, 'other=1')).toBe('Hello stranger')
    }
    expect((await request(app).get('/').set('Cookie', ada)).headers.vary).toBe('Cookie')
    expect((await request(app).get('/').set('Cookie', ada)).headers['cache-status']).toMatch(/hit/)
  })

  it('leaves a page that does not read it shared by all', async () => {
    let renders = 0
    const app = site([sessions()], {}, (_req, res) => {
      renders += 1
      res.send('the same for all')
    })
    const ada = await visitor(app, 'ada')
    await as(app, ada)
    const other = await request(app).get('/').set('Cookie', 'other=1')
    expect(renders).toBe(1)
    expect(other.headers.vary).toBeUndefined()
  })

  it('above a siteCache that looks up before it: what was rendered from session data is not kept', async () => {
    const app = express()
    app.use(siteCache({ cache: freshCache() }), sessions())
    app.get('/', readsSession)
    app.post('/sign-in', (req, res) => {
      Object.assign((req as unknown as { session: object }).session, { name: String(req.query.name) })
      res.end()
    })
    const [ada, bob] = [await visitor(app, 'ada'), await visitor(app, 'bob')]
    for (const [cookie, name] of [
      [ada, 'ada'],
      [bob, 'bob'],
      [ada, 'ada'],
    ] as const) {
      expect(await as(app, cookie)).toBe(`Hello ${name}`)
    }
  })

  it('that sets its cookie on the response keeps it from being stored', async () => {
    const app = express()
    app.use(updateCache({ cache: freshCache() }))
    app.use(session({ secret: 's', resave: false, saveUninitialized: true }))
    app.use(fetchFromCache())
    app.get('/', (_req, res) => {
      res.send('x')
    })
    const first = await request(app).get('/')
    const second = await request(app).get('/')
    expect(first.headers['set-cookie']).toBeDefined()
    expect(second.headers['set-cookie']).toBeDefined()
    expect(second.headers['set-cookie']).not.toEqual(first.headers['set-cookie'])
  })

  it('outside the cache is seen on the wire', async () => {
    let renders = 0
    const app = express()
    app.use(session({ secret: 's', resave: false, saveUninitialized: true }))
    app.get('/', cachePage('15m', { cache: freshCache() }), (_req, res) => {
      renders += 1
      res.send('x')
    })
    const cookies = [await request(app).get('/'), await request(app).get('/')].map(
      (res) => res.headers['set-cookie'],
    )
    expect(renders).toBe(2)
    expect(cookies[0]).not.toEqual(cookies[1])
  })
})

describe('cookie-parser between the two', () => {
  it('makes a page that reads cookies vary by them', async () => {
    const app = site([cookieParser()], {}, (req, res) => {
      res.send(`theme ${req.cookies.theme}`)
    })
    for (const theme of ['dark', 'light', 'dark'])
      expect(await as(app, `theme=${theme}`)).toBe(`theme ${theme}`)
  })
})

describe('what a handler does to the request', () => {
  it('does not move its page under another visitor’s key', async () => {
    const app = express().use(siteCache({ cache: freshCache() }))
    app.get('/', (req, res) => {
      const language = req.headers['accept-language']
      req.headers['accept-language'] = 'xx'
      res.vary('Accept-Language').send(`in ${language}`)
    })
    for (const language of ['de', 'xx', 'fr']) {
      expect((await request(app).get('/').set('Accept-Language', language)).text).toBe(`in ${language}`)
    }
  })
})
