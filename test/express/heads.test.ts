import '@sitecache/test-support/clock'
import { describe, expect, it } from '@jest/globals'
import {
  cacheControl,
  cachePage,
  fetchFromCache,
  neverCache,
  siteCache,
  updateCache,
} from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { exchangeRaw, getRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import { site } from '@sitecache/test-support/site'
import express from 'express'

describe('Set-Cookie', () => {
  it("is taken away from what is stored by setCookie: 'strip'", async () => {
    const { app } = site((_q, s) => s.cookie('sid', 'secret').send('x'), { setCookie: 'strip' })
    const first = await request(app).get('/')
    const hit = await request(app).get('/')
    expect(first.headers['set-cookie']).toHaveLength(1)
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.headers['set-cookie']).toBeUndefined()
  })

  it("is stored by setCookie: 'store', each line", async () => {
    const { app } = site((_q, s) => s.cookie('a', '1').cookie('b', '2').send('x'), { setCookie: 'store' })
    await request(app).get('/')
    expect((await request(app).get('/')).headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2; Path=/'])
  })
})

describe('the head on the wire decides', () => {
  const outside = { 'cacheControl({ private: true })': cacheControl({ private: true }), neverCache }

  it.each(Object.entries(outside))('%s in the chain above cachePage', async (_name, wrapper) => {
    let renders = 0
    const app = express().get('/', wrapper, cachePage('15m', { cache: freshCache() }), (_req, res) => {
      renders += 1
      res.send('x')
    })
    await request(app).get('/')
    await request(app).get('/')
    expect(renders).toBe(2)
  })

  it.each(Object.entries(outside))('%s around cachePage', async (_name, wrapper) => {
    let renders = 0
    const handler = cachePage('15m', { cache: freshCache() })((_req, res) => {
      renders += 1
      res.end('x')
    })
    const app = express().get('/', wrapper(handler))
    await request(app).get('/')
    await request(app).get('/')
    expect(renders).toBe(2)
  })

  it.each(Object.entries(outside))('%s inside cachePage', async (_name, wrapper) => {
    let renders = 0
    const handler = wrapper((_req, res) => {
      renders += 1
      res.end('x')
    })
    const app = express().get('/', cachePage('15m', { cache: freshCache() })(handler))
    await request(app).get('/')
    await request(app).get('/')
    expect(renders).toBe(2)
  })

  it('each variant lives as long as its own head says', async () => {
    const cache = freshCache()
    const app = express()
      .use(siteCache({ cache }))
      .get('/', (req, res) => {
        res
          .vary('Accept-Language')
          .set('Cache-Control', `max-age=${req.get('accept-language') === 'de' ? 30 : 90}`)
          .send('x')
      })
    for (const language of ['de', 'fr']) await request(app).get('/').set('Accept-Language', language)
    const hits = await Promise.all(
      ['de', 'fr'].map((language) => request(app).get('/').set('Accept-Language', language)),
    )
    expect(hits.map((hit) => hit.headers['cache-status'])).toEqual([
      'sitecache; hit; ttl=30',
      'sitecache; hit; ttl=90',
    ])
  })
})

describe('headers of earlier middlewares', () => {
  it('are set afresh on every request, and not replayed', async () => {
    const app = express()
    let id = 0
    app.use((req, res, next) => {
      id += 1
      res.set('X-Request-Id', String(id)).set('Access-Control-Allow-Origin', req.get('origin') ?? 'none')
      next()
    })
    app.use(updateCache({ cache: freshCache() }))
    app.use((_req, res, next) => {
      res.set('RateLimit', `r=${100 - id}`)
      next()
    })
    app.use(fetchFromCache())
    app.get('/', (_req, res) => res.set('X-Page', 'yes').send('x'))
    await request(app).get('/').set('Origin', 'https://a.example')
    const hit = await request(app).get('/').set('Origin', 'https://b.example')
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.headers).toMatchObject({
      'x-page': 'yes',
      'x-request-id': '2',
      'access-control-allow-origin': 'https://b.example',
      ratelimit: 'r=98',
    })
  })

  it('that the route took away stay away on a hit', async () => {
    const app = express()
    app
      .use(siteCache({ cache: freshCache() }))
      .get('/', (_req, res) => (res.removeHeader('X-Powered-By') as never) ?? res.send('x'))
    const [miss, hit] = [await request(app).get('/'), await request(app).get('/')]
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect([miss.headers['x-powered-by'], hit.headers['x-powered-by']]).toEqual([undefined, undefined])
  })

  it("are stored by headers: 'all'", async () => {
    const app = express()
    let id = 0
    app.use((_req, res, next) => {
      id += 1
      res.set('X-Request-Id', String(id))
      next()
    })
    app.use(siteCache({ cache: freshCache(), headers: 'all' })).get('/', (_req, res) => res.send('x'))
    await request(app).get('/')
    expect((await request(app).get('/')).headers['x-request-id']).toBe('1')
  })
})

describe('hop-by-hop headers', () => {
  it('and those named in Connection are not stored (RFC 9111 §3.1)', async () => {
    const { app } = site((_q, s) =>
      s
        .set({
          Connection: 'close, X-Hop',
          'X-Hop': '1',
          'Keep-Alive': 'timeout=9',
          'Proxy-Authenticate': 'Basic',
          'X-End': '2',
        })
        .send('x'),
    )
    await request(app).get('/')
    const hit = await request(app).get('/')
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.headers['x-end']).toBe('2')
    expect(hit.headers['x-hop']).toBeUndefined()
    expect(hit.headers['proxy-authenticate']).toBeUndefined()
    expect(hit.headers['keep-alive']).not.toBe('timeout=9')
  })
})

describe('bytes on the wire', () => {
  it('keep the order, letter case and repetition of headers', async () => {
    const app = express().disable('x-powered-by')
    app.use(siteCache({ cache: freshCache() })).get('/', (_req, res) => {
      res.writeHead(200, ['X-b', '1', 'x-A', '2', 'Link', '<1>', 'Link', '<2>', 'Content-Type', 'text/plain'])
      res.end('x')
    })
    const { url, close } = await listen(app)
    const [miss, hit] = [await getRaw(url, '/'), await getRaw(url, '/')]
    await close()
    const own = ['Age', 'Cache-Status', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Date']
    const shown = (head: typeof hit) => head.headers.filter(([name]) => !own.includes(name))
    expect(hit.body.toString()).toBe('x')
    expect(shown(hit)).toEqual(shown(miss))
    expect(shown(hit).slice(0, 4)).toEqual([
      ['X-b', '1'],
      ['x-A', '2'],
      ['Link', '<1>'],
      ['Link', '<2>'],
    ])
  })

  it('carry one Date', async () => {
    const { app } = site((_q, s) => s.send('x'))
    const { url, close } = await listen(app)
    await getRaw(url, '/')
    const hit = await getRaw(url, '/')
    await close()
    expect(hit.headers.filter(([name]) => name === 'Date')).toHaveLength(1)
  })

  it('serve pipelined requests each their own page', async () => {
    const { app } = site((req, s) => s.send(`page ${req.url}`))
    const { url, close } = await listen(app)
    await getRaw(url, '/a')
    await getRaw(url, '/b')
    const text = await exchangeRaw(
      url,
      'GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    await close()
    expect(text.toString().match(/page \/[ab]/g)).toEqual(['page /a', 'page /b'])
  })
})
