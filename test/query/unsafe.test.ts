import { describe, expect, it } from '@jest/globals'
import { cachePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express, { type Express } from 'express'
import { ask, hasQuery } from './asking.js'

async function start(
  app: Express,
): Promise<(method: string, content?: string, lines?: string[]) => Promise<string>> {
  const url = await serve(app)
  return async (method, content, lines) => (await ask(url, method, '/page', content, lines)).cache
}

function site(options: Parameters<typeof siteCache>[0] = {}): Express {
  return express()
    .use(siteCache({ cache: freshCache(), ...options }))
    .all('/page', (_req, res) => void res.end('x'))
}

describe('what drops the pages of a URL (RFC 9111 §4.4)', () => {
  it('a POST does, where no layer keeps pages for it', async () => {
    const asked = await start(site())
    await asked('GET')
    await asked('POST', 'a')
    expect(await asked('GET')).toMatch(/uri-miss/)
  })

  it('a POST does not, where a layer keeps pages for it: be it answered by the handler or a page', async () => {
    const asked = await start(site({ methods: ['POST'] }))
    await asked('GET')
    for (const outcome of [/stored/, /; hit/]) {
      expect(await asked('POST', 'a')).toMatch(outcome)
      expect(await asked('GET')).toMatch(/; hit/)
    }
  })

  it.each(['django', 'rfc9111'] as const)(
    'nor where that layer is a route’s, below a site’s that keeps none: policy %s',
    async (policy) => {
      const cache = freshCache()
      const app = express().use(siteCache({ cache, policy }))
      app.use((_req, res, next) => {
        res.setHeader('Cache-Control', 'max-age=60')
        next()
      })
      app.get('/page', (_req, res) => void res.end('x'))
      app.post('/page', cachePage(60, { cache, methods: ['POST'] }), (_req, res) => void res.end('y'))
      const asked = await start(app)
      await asked('GET')
      for (const outcome of [/; stored.*fwd=method/, /; hit.*fwd=method/]) {
        expect(await asked('POST', 'a')).toMatch(outcome)
        expect(await asked('GET')).toMatch(/; hit/)
      }
    },
  )

  it('nor where its content was too long to be looked up', async () => {
    const asked = await start(site({ methods: ['POST'], maxRequestBodyBytes: 0 }))
    await asked('GET')
    expect(await asked('POST', 'a')).toMatch(/body-too-large/)
    expect(await asked('GET')).toMatch(/; hit/)
  })

  it.each(['django', 'rfc9111'] as const)('a QUERY never does (RFC 10008 §2): policy %s', async (policy) => {
    const app = express().use(siteCache({ cache: freshCache(), policy }))
    app.all('/page', (_req, res) => void res.setHeader('Cache-Control', 'max-age=60').end('x'))
    const asked = await start(app)
    await asked('GET')
    // Where Node doesn't know it, it is Node that answers.
    expect(await asked('QUERY', 'a')).toMatch(hasQuery ? /sitecache/ : /^$/)
    expect(await asked('GET')).toMatch(/; hit/)
  })

  it('a POST that is kept by its content makes no page for GET, whatever its Content-Location says', async () => {
    const app = express().use(siteCache({ cache: freshCache(), policy: 'rfc9111', methods: ['POST'] }))
    app.all('/page', (req, res) => {
      res.setHeader('Cache-Control', 'max-age=60').setHeader('Content-Location', '/page').end(req.method)
    })
    const url = await serve(app)
    await ask(url, 'POST', '/page', 'a')
    expect((await ask(url, 'GET', '/page')).body).toBe('GET')
  })

  it('a POST that a middleware makes a GET of is a POST to who sent it, and the other way round', async () => {
    const app = express()
    app.use((req, _res, next) => {
      const wanted = req.headers['x-method']
      if (typeof wanted === 'string') Object.assign(req, { originalMethod: req.method, method: wanted })
      next()
    })
    app.use(siteCache({ cache: freshCache(), methods: ['QUERY', 'POST'] }))
    app.use('/page', (_req, res) => void res.end('x'))
    const asked = await start(app)
    for (let i = 0; i < 2; i += 1) {
      expect(await asked('POST', 'a', ['X-Method: GET'])).toBe('sitecache; fwd=method')
      expect(await asked('GET', '', ['X-Method: POST'])).toBe('sitecache; fwd=bypass; detail=request')
      expect(await asked('POST', 'a', ['X-Method: QUERY'])).toBe('sitecache; fwd=method')
    }
  })
})
