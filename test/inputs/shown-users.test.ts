import { describe, expect, it } from '@jest/globals'
import { createCaches, fetchFromCache, memoryStore, type SiteOptions, updateCache } from '@sitecache/express'
import express, { type Request } from 'express'
import request from 'supertest'

/** A site whose visitors name themselves, and whose application says that nobody is signed in. */
function site(put: (req: Request, name: string) => void, options: SiteOptions = {}) {
  const cache = createCaches({ default: { store: memoryStore() } }).get('default')
  const app = express()
  app.use(updateCache({ cache, isAuthenticated: () => false, ...options }))
  app.use((req, _res, next) => {
    const name = req.get('x-name')
    if (name !== undefined) put(req, name)
    next()
  })
  app.use(fetchFromCache())
  app.get('/me', (req, res) => void res.send(`hello ${JSON.stringify(Reflect.get(req, 'user') ?? null)}`))
  app.get('/', (_req, res) => void res.send('hello'))
  return app
}

const puts: Record<string, (req: Request, name: string) => void> = {
  'a property': (req, name) => Object.assign(req, { user: { name } }),
  'a final property': (req, name) => void Object.defineProperty(req, 'user', { value: name }),
  'a getter': (req, name) => void Object.defineProperty(req, 'user', { configurable: true, get: () => name }),
}

describe.each(Object.entries(puts))(
  'a user that a middleware shows as %s, while nobody counts as signed in',
  (_, put) => {
    it('makes pages of their own where a handler looks at it, and none where it does not', async () => {
      const app = site(put)
      for (const name of ['alice', 'bob', 'alice'])
        expect((await request(app).get('/me').set('x-name', name)).text).toContain(name)
      expect((await request(app).get('/me')).text).toBe('hello null')
      await request(app).get('/').set('x-name', 'alice')
    })
  },
)
