import { describe, expect, it } from '@jest/globals'
import { cachePage } from '@sitecache/express'
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
  it('is private for who is signed in, public for everybody else, and says Vary: Cookie to both', async () => {
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
