import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import '@sitecache/test-support/clock'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import { site } from '@sitecache/test-support/site'
import express, { type Request } from 'express'

describe('req.cache.skip()', () => {
  type WithCache = Request & { cache: { skip(): void } }
  const skipping = (req: Request): void => (req as WithCache).cache.skip()

  it('works in a middleware between the two, from the first request', async () => {
    let renders = 0
    const app = express()
    app.use(updateCache({ cache: freshCache() }))
    app.use((req, _res, next) => {
      skipping(req)
      next()
    })
    app.use(fetchFromCache()).get('/', (_req, res) => {
      renders += 1
      res.send('x')
    })
    for (let i = 0; i < 2; i += 1) await request(app).get('/')
    expect(renders).toBe(2)
  })

  it('works in a mounted application, and on a POST', async () => {
    const mounted = express()
    let renders = 0
    mounted.all('/page', (req, res) => {
      skipping(req)
      renders += 1
      res.send('x')
    })
    const app = express()
      .use(siteCache({ cache: freshCache() }))
      .use('/mounted', mounted)
    expect((await request(app).post('/mounted/page')).status).toBe(200)
    for (let i = 0; i < 2; i += 1) await request(app).get('/mounted/page')
    expect(renders).toBe(3)
  })
})

describe('a mounted application', () => {
  it('is cached by the site’s cache and by its own', async () => {
    let renders = 0
    const mounted = express().use(siteCache({ cache: freshCache() }))
    mounted.get('/page', (_req, res) => {
      renders += 1
      res.send('x')
    })
    let skip = false
    const app = express()
      .use(siteCache({ cache: freshCache(), skip: () => skip }))
      .use('/mounted', mounted)
    const statuses: string[] = []
    for (let i = 0; i < 3; i += 1) {
      skip = i === 2
      statuses.push(String((await request(app).get('/mounted/page')).headers['cache-status']))
    }
    expect(statuses).toEqual([
      'sitecache/site; fwd=uri-miss; stored, sitecache; fwd=uri-miss; stored',
      'sitecache; hit; ttl=600',
      'sitecache/site; hit; ttl=600, sitecache; fwd=bypass; detail=skip',
    ])
    expect(renders).toBe(1)
  })
})

describe('a request that must not be looked up', () => {
  it('a GET with a body', async () => {
    const { app, renders } = site((_q, s) => s.send('x'))
    await request(app).get('/')
    const second = await request(app).get('/').send('body')
    expect(renders()).toBe(2)
    expect(second.headers['cache-status']).toBe('sitecache; fwd=bypass; detail=request')
  })

  it('one that skip() names', async () => {
    const { app, renders } = site((_q, s) => s.send('x'), { skip: (req) => req.url === '/private' })
    await request(app).get('/private')
    await request(app).get('/private')
    expect(renders()).toBe(2)
  })

  it('one on which an option of the application throws, which is answered all the same', async () => {
    const { app, renders } = site((_q, s) => s.send('x'), {
      keyParts: () => {
        throw new Error('fault')
      },
    })
    expect((await request(app).get('/')).text).toBe('x')
    await request(app).get('/')
    expect(renders()).toBe(2)
  })
})
