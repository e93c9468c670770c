import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { frameworks, type Handle, type Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'

/** A page that says how often it was rendered. */
function counter(): Handle & { renders: number } {
  const handler = Object.assign(
    (_req: unknown, res: Parameters<Handle>[1]) => {
      handler.renders += 1
      res.setHeader('Content-Type', 'text/plain; charset=utf-8')
      res.end(`rendered ${handler.renders}`)
    },
    { renders: 0 },
  )
  return handler
}

const noMiddlewares: readonly Use[] = []

describe.each(frameworks)('on $name', ({ build }) => {
  const ways = {
    siteCache: (handler: Handle) => build([siteCache({ cache: freshCache() })], handler),
    'updateCache … fetchFromCache': (handler: Handle) =>
      build([updateCache({ cache: freshCache() }), (_req, _res, next) => next(), fetchFromCache()], handler),
    'cachePage in the chain': (handler: Handle) =>
      build([cachePage('15m', { cache: freshCache() })], handler),
    'cachePage around the handler': (handler: Handle) =>
      build(noMiddlewares, cachePage('15m', { cache: freshCache() })(handler)),
    withSiteCache: (handler: Handle) => withSiteCache(build(noMiddlewares, handler), { cache: freshCache() }),
  }

  describe.each(Object.entries(ways))('%s', (_way, make) => {
    it('answers the second request from the cache, the same to the byte', async () => {
      const handler = counter()
      const app = make(handler)
      const first = await request(app).get('/page?a=1')
      const second = await request(app).get('/page?a=1')
      expect(handler.renders).toBe(1)
      expect(first.headers['cache-status']).toBe('sitecache; fwd=uri-miss; stored')
      expect(second.headers['cache-status']).toMatch(/^sitecache; hit; ttl=\d+$/)
      expect(second.headers.age).toMatch(/^\d+$/)
      expect(second.status).toBe(200)
      expect(second.text).toBe(first.text)
      expect(second.headers['content-type']).toBe(first.headers['content-type'])
      expect(second.headers['cache-control']).toBe(first.headers['cache-control'])
      expect(second.headers.date).toBeDefined()
    })

    it('keeps other URLs apart', async () => {
      const handler = counter()
      const app = make(handler)
      const bodies: string[] = []
      for (const path of ['/page?a=1', '/page?a=2', '/page', '/page/', '/page/x']) {
        bodies.push((await request(app).get(path)).text)
      }
      expect(new Set(bodies).size).toBe(5)
    })

    it('keeps hosts apart', async () => {
      const handler = counter()
      const app = make(handler)
      const a = await request(app).get('/page').set('Host', 'a.example')
      const b = await request(app).get('/page').set('Host', 'b.example')
      expect(a.text).not.toBe(b.text)
    })

    it('answers HEAD from the stored GET, without a body', async () => {
      const handler = counter()
      const app = make(handler)
      const get = await request(app).get('/page')
      const head = await request(app).head('/page')
      expect(handler.renders).toBe(1)
      expect(head.headers['content-length']).toBe(String(Buffer.byteLength(get.text)))
      expect(head.text ?? '').toBe('')
    })

    it('never answers a POST from the cache', async () => {
      const handler = counter()
      const app = make(handler)
      await request(app).get('/page')
      const post = await request(app).post('/page')
      expect(post.text).toBe('rendered 2')
      expect(post.headers['cache-status']).toBe('sitecache; fwd=method')
    })

    it('drops the page of a URL after a successful POST to it', async () => {
      const handler = counter()
      const app = make(handler)
      await request(app).get('/page')
      await request(app).post('/page')
      expect((await request(app).get('/page')).text).toBe('rendered 3')
    })
  })
})
