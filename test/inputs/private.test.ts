import { describe, expect, it } from '@jest/globals'
import { cachePage, type SiteOptions, siteCache, withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import express, { type RequestHandler } from 'express'
import session from 'express-session'

/** A page behind express-session that asks who is signed in. */
function site(read: RequestHandler) {
  const app = express()
  app.use(session({ secret: 's', resave: false, saveUninitialized: false }))
  app.use((req, _res, next) => {
    const name: unknown = Reflect.get(req.session, 'name')
    if (name !== undefined) Object.assign(req, { user: { name } })
    next()
  })
  app.post('/', (req, res) => {
    Object.assign(req.session, { name: 'ada' })
    res.send('in')
  })
  app.get('/', cachePage(60, { cache: freshCache() }), read)
  return app
}

const reads: Record<string, RequestHandler> = {
  'req.user': (req, res) => res.send(`hello ${JSON.stringify(Reflect.get(req, 'user'))}`),
  'req.session': (req, res) => res.send(`hello ${Reflect.get(req.session, 'name')}`),
}

describe.each(Object.entries(reads))('a page that reads %s', (_name, read) => {
  it('is private for who is signed in, public for everybody else, with one Vary for both', async () => {
    const app = site(read)
    const cookie = String((await request(app).post('/')).headers['set-cookie']).split(';')[0] ?? ''
    for (let round = 0; round < 2; round += 1) {
      const nobodys = (await request(app).get('/')).headers
      expect([nobodys['cache-control'], nobodys.vary]).toEqual(['max-age=60', 'Cookie'])
      const own = await request(app).get('/').set('Cookie', cookie)
      expect([own.headers['cache-control'], own.headers.vary]).toEqual(['max-age=60, private', 'Cookie'])
      expect(own.text).toContain('ada')
    }
  })
})

describe('a page whose handler keeps values of its own on the request', () => {
  const caches = {
    siteCache: () => express().use(siteCache({ cache: freshCache(), timeout: 60 })),
    declared: () => express().use(siteCache({ cache: freshCache(), timeout: 60, inputs: 'declared' })),
    withSiteCache: () => express(),
  }
  const values: Record<string, object> = { body: { step: 1 }, query: { page: '1' }, params: { of: 'news' } }
  const cases = Object.keys(caches).flatMap((how) => Object.keys(values).map((name) => [how, name] as const))

  it.each(cases)('is public with %s: req.%s', async (how, name) => {
    const app = caches[how as keyof typeof caches]()
    app.get('/', (req, res) => {
      const value = values[name]
      Object.defineProperty(req, name, { value, configurable: true, enumerable: true, writable: true })
      res.send('the same for all')
    })
    const site = how === 'withSiteCache' ? withSiteCache(app, { cache: freshCache(), timeout: 60 }) : app
    for (const detail of ['stored', 'hit']) {
      const { headers } = await request(site).get('/')
      expect(headers['cache-control']).toBe('max-age=60')
      expect(headers['cache-status']).toContain(detail)
    }
  })
})

/** What makes a page one visitor's, though no field of its request tells others so. */
const choices: Readonly<Record<string, SiteOptions>> = {
  'its visitor has a name': { visitor: (req) => String(req.headers['x-user']) },
  keyParts: { keyParts: (req) => [String(req.headers['x-user'])] },
  'a middleware has left something': {},
}

/** A page for one of them, by what its handler writes. */
function sharedBy(options: SiteOptions, handler: RequestHandler) {
  const app = express().set('trust proxy', true)
  app.use((req, _res, next) => {
    Object.assign(req, { tenant: req.headers['x-user'] })
    next()
  })
  return app.get('/', siteCache({ cache: freshCache(), policy: 'rfc9111', ...options }), handler)
}

describe.each(Object.entries(choices))('a page that others must not get, since %s', (_choice, options) => {
  const show: RequestHandler = (req, res) => res.send(`for ${Reflect.get(req, 'tenant')}`)
  const ask = (app: express.Express) => request(app).get('/').set('X-User', 'ada')

  it('stays private when its handler says that it still holds', async () => {
    const app = sharedBy(options, (req, res, next) => {
      res.set('Cache-Control', 'must-revalidate, max-age=5')
      show(req, res, next)
    })
    for (const status of ['uri-miss', 'fwd-status=304', 'fwd-status=304']) {
      for (const which of [status, 'hit']) {
        const { headers, text } = await ask(app)
        expect([headers['cache-control'], text]).toEqual(['must-revalidate, max-age=5, private', 'for ada'])
        expect(headers['cache-status']).toContain(which)
      }
      passSeconds(6)
    }
  })

  it('is private where it is not kept, but for one that its application calls public or skips', async () => {
    const told: Readonly<Record<string, RequestHandler>> = {
      'max-age=5, private': (req, res, next) => {
        res.set({ 'Cache-Control': 'max-age=5', 'Set-Cookie': 'seen=1' })
        show(req, res, next)
      },
      'max-age=5, public': (req, res, next) => {
        res.set({ 'Cache-Control': 'max-age=5, public', 'Set-Cookie': 'seen=1' })
        show(req, res, next)
      },
      'max-age=5': (req, res, next) => {
        res.set('Cache-Control', 'max-age=5')
        req.cache?.skip()
        show(req, res, next)
      },
    }
    for (const [control, handler] of Object.entries(told)) {
      const app = sharedBy(options, handler)
      for (let round = 0; round < 2; round += 1)
        expect((await ask(app)).headers['cache-control']).toBe(control)
    }
  })
})

describe('a page of a visitor who signs in by what the cache takes for no identity', () => {
  const signIn: RequestHandler = (req, _res, next) => {
    if (req.headers.cookie === 'user=ada') Object.assign(req, { user: { name: 'ada' } })
    next()
  }
  const cache = () => siteCache({ cache: freshCache(), timeout: 60 })
  const sites: Readonly<Record<string, readonly RequestHandler[]>> = {
    'above the cache': [signIn, cache()],
    'below it': [cache(), signIn],
    'between two': [cache(), signIn, cache()],
  }
  const said: Readonly<Record<string, string | undefined>> = {
    'max-age=60': 'max-age=60, private',
    'public, max-age=60': 'public, max-age=60',
    'no-store': 'no-store',
  }

  it.each(Object.entries(sites))('is private, signed in %s', async (_where, middlewares) => {
    for (const [written, told] of Object.entries(said)) {
      const app = express().use(...middlewares)
      app.get('/', (req, res) => {
        res.set('Cache-Control', written)
        res.send(`hello ${JSON.stringify(Reflect.get(req, 'user'))}`)
      })
      const { headers, text } = await request(app).get('/').set('Cookie', 'user=ada')
      expect([text, headers['cache-control']]).toEqual(['hello {"name":"ada"}', told])
    }
  })
})

describe('a response of a status of which no page is kept', () => {
  it('is private where it was made for an address, or may show what is read after its head', async () => {
    const handlers: readonly RequestHandler[] = [
      (req, res) => res.send(`nothing for ${req.ip}`),
      (req, res) => {
        res.write('nothing for ')
        setImmediate(() => res.end(`${req.headers.cookie}`))
      },
    ]
    for (const handler of handlers) {
      const app = express().use(siteCache({ cache: freshCache() }))
      app.get('/', (_req, res, next) => {
        res.status(404).set('Cache-Control', 'max-age=60')
        next()
      })
      app.get('/', handler)
      const { headers } = await request(app).get('/').set('Cookie', 'user=ada')
      expect(headers['cache-status']).toContain('detail=status')
      expect(headers['cache-control']).toBe('max-age=60, private')
    }
  })
})

describe('a page that was made for the address of its client', () => {
  it('is private, unless its application calls it public', async () => {
    const controls = {
      'max-age=60': 'max-age=60, private',
      'public, max-age=60': 'public, max-age=60',
      '': 'private',
    }
    for (const [written, told] of Object.entries(controls)) {
      const app = express().set('trust proxy', true)
      app.use(siteCache({ cache: freshCache() })).get('/', (req, res) => {
        if (written !== '') res.set('Cache-Control', written)
        res.send(`hello ${req.ip}`)
      })
      const { headers } = await request(app).get('/').set('X-Forwarded-For', '10.0.0.1')
      expect(headers['cache-status']).toContain('detail=address')
      expect(headers['cache-control']).toBe(told)
    }
  })
})
