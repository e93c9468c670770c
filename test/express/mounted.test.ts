import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, type Middleware, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express, { type Express } from 'express'
import express4 from 'express4'

type Response = Awaited<ReturnType<typeof request.prototype.get>>
const status = ({ headers }: Response): string => headers['cache-status'] ?? ''

const layers: Readonly<Record<string, () => readonly Middleware[]>> = {
  'siteCache()': () => [siteCache({ cache: freshCache() })],
  'cachePage()': () => [cachePage(60, { cache: freshCache() }) as Middleware],
  'both halves': () => [updateCache({ cache: freshCache() }), fetchFromCache()],
  'both halves, by declared inputs': () => [
    updateCache({ cache: freshCache(), inputs: 'declared' }),
    fetchFromCache(),
  ],
}

const frameworks: Readonly<Record<string, () => Express>> = {
  'Express 5': () => express(),
  'Express 4': () => express4() as unknown as Express,
}

describe.each(Object.entries(frameworks))('%s: a layer in a mounted application', (_, make) => {
  describe.each(Object.entries(layers))('%s', (_name, inMounted) => {
    it('keeps all of a page that is written once the request has left it', async () => {
      const mounted = make()
      for (const middleware of inMounted()) mounted.use(middleware)
      const app = make()
      app.use(mounted)
      app.get('/', (_req, res) => {
        res.type('text').write('one ')
        setImmediate(() => {
          res.write('two ')
          res.end('three')
        })
      })
      for (const expected of [/stored/, /; hit/]) {
        const response = await request(app).get('/')
        expect(response.text).toBe('one two three')
        expect(status(response)).toMatch(expected)
      }
    })

    it('lets a handler outside refuse to have its page kept', async () => {
      const mounted = make()
      for (const middleware of inMounted()) mounted.use(middleware)
      const app = make()
      app.use(mounted)
      app.get('/', (req, res) => {
        req.cache?.skip()
        res.send('page')
      })
      expect(status(await request(app).get('/'))).toMatch(/detail=skip/)
      expect(status(await request(app).get('/'))).toMatch(/detail=skip/)
    })
  })

  it('keeps apart what reads headers that were put in the place of its own outside', async () => {
    const mounted = make()
    mounted.use(fetchFromCache())
    const app = make()
    app.use(updateCache({ cache: freshCache() }))
    app.use(mounted)
    app.use((req, _res, next) => {
      req.headers = { ...req.headers }
      next()
    })
    app.get('/', (req, res) => void res.send(`in ${req.headers['accept-language']}`))
    for (const language of ['en', 'de', 'en'])
      expect((await request(app).get('/').set('Accept-Language', language)).text).toBe(`in ${language}`)
  })

  it('keeps what reads the scheme and the host outside', async () => {
    const mounted = make()
    mounted.use(siteCache({ cache: freshCache() }))
    const app = make()
    app.use(mounted)
    app.get('/', (req, res) => void res.send(`${req.protocol} ${req.hostname} ${req.secure}`))
    for (const expected of [/stored/, /; hit/]) expect(status(await request(app).get('/'))).toMatch(expected)
  })

  it('may be in one that two others mount', async () => {
    const mounted = make()
    mounted.use(siteCache({ cache: freshCache() }))
    const apps = ['a', 'b'].map((name) => {
      const app = make()
      app.use(mounted)
      app.get(`/${name}`, (_req, res) => {
        res.type('text').write('one ')
        res.end('two')
      })
      return app
    })
    for (const [i, app] of apps.entries()) {
      const path = i === 0 ? '/a' : '/b'
      expect((await request(app).get(path)).text).toBe('one two')
      expect((await request(app).get(path)).text).toBe('one two')
    }
  })
})
