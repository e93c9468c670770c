import { describe, expect, it } from '@jest/globals'
import { cachePage, siteCache, withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
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
