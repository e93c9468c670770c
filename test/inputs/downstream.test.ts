import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, type PageOptions, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import cookieParser from 'cookie-parser'
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'

interface Answer {
  readonly text: string
  readonly headers: Record<string, string | undefined>
}

/** A shared cache downstream that does what Vary and Cache-Control say (RFC 9111 §3, §4.1). */
class Downstream {
  readonly #app: Express
  readonly #pages: { readonly sent: Record<string, string>; readonly answer: Answer }[] = []

  constructor(app: Express) {
    this.#app = app
  }

  async get(sent: Record<string, string>): Promise<Answer> {
    const kept = this.#pages.find(({ sent: of, answer }) =>
      fields(answer.headers.vary).every((name) => of[name] === sent[name]),
    )
    if (kept !== undefined) return kept.answer
    const { text, headers } = await request(this.#app).get('/').set(sent)
    const control = String(headers['cache-control'])
    const mayKeep =
      !control.includes('private') && (sent.authorization === undefined || /public/.test(control))
    if (mayKeep && control.includes('max-age')) this.#pages.push({ sent, answer: { text, headers } })
    return { text, headers }
  }
}

function fields(vary: string | undefined): readonly string[] {
  return (vary ?? '').toLowerCase().split(/,\s*/).filter(Boolean)
}

/** Way in which a middleware tells a handler who asks. */
interface Way {
  put(req: Request, res: Response, user: string | undefined): void
  get(req: Request, res: Response): unknown
}

const ways: Record<string, Way> = {
  'a header of its own': {
    put: ({ headers }, _res, user) => void (user && Object.assign(headers, { 'x-user': user })),
    get: (req) => req.get('X-User'),
  },
  'all headers': {
    put: ({ headers }, _res, user) => void (user && Object.assign(headers, { 'x-user-too': user })),
    get: (req) => Object.fromEntries(Object.entries(req.headers))['x-user-too'],
  },
  'the URL': {
    put: (req, _res, user) => void Object.assign(req, { url: `/?user=${user}` }),
    get: (req) => req.query.user,
  },
  'a property that is there for all': {
    put: (req, _res, user) => void Object.assign(req, { userId: user }),
    get: (req) => Reflect.get(req, 'userId'),
  },
  'req.user': {
    put: (req, _res, user) => void Object.assign(req, user === undefined ? {} : { user }),
    get: (req) => Reflect.get(req, 'user'),
  },
  'res.locals': {
    put: (_req, { locals }, user) => void Object.assign(locals, { user }),
    get: (_req, { locals }) => locals.user,
  },
}

/** Application that knows its visitors by a cookie or by their Authorization. */
function site(place: string, { put, get }: Way, control?: string): Express {
  const cache = freshCache()
  const options = { cache, timeout: 600 }
  const app = express()
  if (place === 'halves') app.use(updateCache(options))
  if (place === 'siteCache') app.use(siteCache(options))
  app.use(cookieParser())
  app.use((req, res, next) => {
    put(req, res, req.cookies.user ?? req.get('Authorization')?.split(' ')[1])
    next()
  })
  if (place === 'halves') app.use(fetchFromCache())
  const handler: RequestHandler = (req, res) => {
    if (control !== undefined) res.set('Cache-Control', control)
    res.send(`for ${get(req, res)}`)
  }
  return place === 'cachePage' ? app.get('/', cachePage(600, { cache }), handler) : app.get('/', handler)
}

const ann = { cookie: 'user=ann' }
const bob = { cookie: 'user=bob' }

describe.each(['halves', 'cachePage', 'siteCache'])('caches downstream of %s', (place) => {
  it.each(Object.entries(ways))('give nobody the page of another who is told by %s', async (_name, way) => {
    const downstream = new Downstream(site(place, way))
    for (let round = 0; round < 2; round += 1) {
      expect((await downstream.get(ann)).text).toBe('for ann')
      expect((await downstream.get(bob)).text).toBe('for bob')
    }
  })

  it.each(Object.entries(ways))('nor where the application says how long: %s', async (_name, way) => {
    const downstream = new Downstream(site(place, way, 'max-age=60'))
    for (let round = 0; round < 2; round += 1)
      for (const who of [ann, bob])
        expect((await downstream.get(who)).text).toBe(`for ${who.cookie.slice(5)}`)
  })

  it.each(['a property that is there for all', 'res.locals', 'a header of its own'])(
    'give nobody’s page to nobody else: %s',
    async (name) => {
      const downstream = new Downstream(site(place, ways[name] as Way))
      await downstream.get(ann)
      expect((await downstream.get({})).text).toBe('for undefined')
      expect((await downstream.get({ authorization: 'Bearer bob' })).text).toBe('for bob')
      expect((await downstream.get(bob)).text).toBe('for bob')
      expect((await downstream.get({})).headers['cache-control']).toBe('max-age=600')
    },
  )

  it.each(['a property that is there for all', 'a header of its own', 'req.user'])(
    'choose by credentials where the application says public: %s',
    async (name) => {
      const downstream = new Downstream(site(place, ways[name] as Way, 'public, max-age=60'))
      for (const user of ['ann', 'bob']) {
        const { text, headers } = await downstream.get({ authorization: `Bearer ${user}` })
        expect([text, headers['cache-control']]).toEqual([`for ${user}`, 'public, max-age=60'])
      }
    },
  )
})

describe.each(['halves', 'cachePage', 'siteCache'])(
  'a head that %s sends before its page is made',
  (place) => {
    const handlers: Record<string, RequestHandler> = {
      'by a first part': (req, res) => {
        res.write('for ')
        setImmediate(() => res.end(String(req.cookies.user)))
      },
      'by writeHead()': (req, res) => void res.writeHead(200).end(`for ${req.cookies.user}`),
      'by flushHeaders()': (req, res) => {
        res.flushHeaders()
        res.end(`for ${req.cookies.user}`)
      },
    }

    function early(handler: RequestHandler, control?: string, rules: PageOptions = {}): Express {
      const options = { cache: freshCache(), ...rules }
      const app = express()
      if (place === 'halves') app.use(updateCache(options), fetchFromCache())
      if (place === 'siteCache') app.use(siteCache(options))
      app.use(cookieParser())
      if (place === 'cachePage') app.use(cachePage(600, options))
      app.use((_req, res, next) => {
        if (control !== undefined) res.set('Cache-Control', control)
        next()
      })
      return app.use(handler)
    }

    it.each(Object.entries(handlers))('%s is in no cache downstream for others', async (_name, handler) => {
      const downstream = new Downstream(early(handler))
      for (const who of [ann, bob, ann, bob]) {
        const { text } = await downstream.get(who)
        expect(text).toBe(`for ${who.cookie.slice(5)}`)
      }
    })

    it('is in none either where reads are those of Django', async () => {
      const handler = handlers['by a first part'] as RequestHandler
      const downstream = new Downstream(early(handler, undefined, { inputs: 'declared' }))
      for (const who of [ann, bob])
        expect((await downstream.get(who)).text).toBe(`for ${who.cookie.slice(5)}`)
    })

    it('is public as soon as the page is known', async () => {
      const app = early((_req, res) => void res.write('the ', () => res.end('page')))
      const control = async () => (await request(app).get('/').set(ann)).headers['cache-control']
      expect([await control(), await control()]).toEqual(['max-age=600, private', 'max-age=600'])
      const said = early((_req, res) => void res.write('the ', () => res.end('page')), 'public, max-age=60')
      expect((await request(said).get('/').set(ann)).headers['cache-control']).toBe('public, max-age=60')
    })
  },
)

describe.each(['halves', 'siteCache'])('pages of %s that keyParts choose', (place) => {
  const tenants = new AsyncLocalStorage<string>()

  function byParts(control?: string): Express {
    const options = { cache: freshCache(), timeout: 600, keyParts: () => [tenants.getStore() ?? ''] }
    const app = express()
    app.use(cookieParser(), (req, _res, next) => tenants.run(req.cookies.user ?? '', next))
    if (place === 'halves') app.use(updateCache(options), fetchFromCache())
    else app.use(siteCache(options))
    return app.use((_req, res) => {
      if (control !== undefined) res.set('Cache-Control', control)
      res.send(`for ${tenants.getStore()}`)
    })
  }

  it('are in no cache downstream for others', async () => {
    const downstream = new Downstream(byParts())
    for (const name of ['', 'ann', 'bob', 'ann', ''])
      expect((await downstream.get(name ? { cookie: `user=${name}` } : {})).text).toBe(`for ${name}`)
    expect((await downstream.get({})).headers['cache-control']).toBe('max-age=600')
  })

  it('are public where the application says so', async () => {
    const { headers } = await request(byParts('public, max-age=60')).get('/').set(ann)
    expect(headers['cache-control']).toBe('public, max-age=60')
  })
})

describe.each(['halves', 'cachePage'])('what goes past %s', (place) => {
  const controlOf = async (app: Express, sent: Record<string, string>): Promise<unknown> =>
    (await request(app).get('/').set(sent)).headers['cache-control']

  it.each([
    ['', 'private'],
    ['max-age=60', 'max-age=60, private'],
    ['public, max-age=60', 'public, max-age=60'],
    ['no-store', 'no-store'],
  ])('is private where its visitor is signed in by no identity, and it says "%s"', async (said, told) => {
    const app = site(place, ways['req.user'] as Way, said === '' ? undefined : said)
    expect(await controlOf(app, ann)).toBe(told)
  })

  it('is as the application says where that skips the cache', async () => {
    const { put } = ways['req.user'] as Way
    const app = site(place, { put, get: (req) => Reflect.get(req, 'cache').skip() }, 'max-age=60')
    expect(await controlOf(app, ann)).toBe('max-age=60')
  })

  it('is private where nobody can tell whose it is', async () => {
    const visitor = () => {
      throw new Error('down')
    }
    const app = express()
    const options = { cache: freshCache(), visitor }
    if (place === 'halves') app.use(updateCache(options), fetchFromCache())
    app.get('/', place === 'halves' ? (_req, _res, next) => next() : cachePage(60, options))
    app.get('/', (_req, res) => void res.set('Cache-Control', 'max-age=60').send('page'))
    expect(await controlOf(app, ann)).toBe('max-age=60, private')
  })
})

describe('a URL that a middleware has changed', () => {
  const rewrites: Record<string, [rewritten: string, control: string]> = {
    'to a part of it is public': ['/x?b=2&a=1', 'max-age=600'],
    'by a part of its host is public': ['/ann/x', 'max-age=600'],
    'by what stood elsewhere is private': ['/x?a=1&user=7', 'max-age=600, private'],
  }

  it.each(Object.entries(rewrites))('%s', async (_name, [rewritten, control]) => {
    const app = express().use(updateCache({ cache: freshCache(), timeout: 600 }))
    app.use((req, _res, next) => {
      req.url = rewritten
      next()
    })
    app.use(fetchFromCache(), (_req, res) => void res.send('page'))
    const { headers } = await request(app).get('/de/x?a=1&b=2').set('Host', 'ann.a.example')
    expect(headers['cache-control']).toBe(control)
  })

  it('is public too where the application says that it is made of the URL alone', async () => {
    const app = express().use(updateCache({ cache: freshCache(), timeout: 600, ignore: ['req:url'] }))
    app.use((req, _res, next) => {
      req.url = '/posts?id=1'
      next()
    })
    app.use(fetchFromCache(), (_req, res) => void res.send('page'))
    const { headers } = await request(app).get('/blog/1')
    expect(headers['cache-control']).toBe('max-age=600')
  })
})

describe('a page by a header that a middleware has made', () => {
  it('is made anew behind its visitor, by what the visitor sent', async () => {
    const cache = freshCache()
    const app = express().use(updateCache({ cache, timeout: 60, staleWhileRevalidate: 600 }), cookieParser())
    app.use((req, _res, next) => {
      // From outside it would be a lie.
      delete req.headers['x-user']
      if (req.cookies.user !== undefined) req.headers['x-user'] = String(req.cookies.user)
      next()
    })
    let renders = 0
    app.use(fetchFromCache(), (req, res) => {
      renders += 1
      res.send(`${renders} for ${req.get('X-User')}`)
    })
    const get = async () => (await request(app).get('/').set(ann)).text
    expect(await get()).toBe('1 for ann')
    passSeconds(61)
    expect(await get()).toBe('1 for ann')
    await cache.idle()
    expect([renders, await get()]).toEqual([2, '2 for ann'])
  })
})
