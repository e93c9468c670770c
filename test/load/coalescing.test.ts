import { describe, expect, it } from '@jest/globals'
import { createCaches, dummyStore, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { frameworks, listen } from '@sitecache/test-support/applications'
import { ask } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import express from 'express'
import { gate, plain, serve, settle, site, storeStale, times } from './gated-renders.js'

describe.each(frameworks)('1000 requests for one cold page on $name', ({ build }) => {
  it('have it rendered once', async () => {
    const { handler, begun, release, state } = gate(plain)
    const app = build([siteCache({ cache: freshCache(), lockTimeout: 30 })], handler)
    const answers = await serve(app, async (url, came) => {
      const asked = times(1000, () => ask(url))
      await begun(1)
      await came(1000)
      release()
      return Promise.all(asked)
    })
    expect(state.renders).toBe(1)
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 render 1']))
    const collapsed = answers.filter(({ cacheStatus }) =>
      /fwd=uri-miss; collapsed; ttl=\d+$/.test(cacheStatus),
    )
    expect(collapsed).toHaveLength(999)
  }, 30_000)
})

describe('those who wait', () => {
  it('are waited for by updateCache() and fetchFromCache() too', async () => {
    const { handler, begun, release, state } = gate(plain)
    const app = express().use(updateCache({ cache: freshCache() }), fetchFromCache(), handler)
    await serve(app, async (url, came) => {
      const asked = times(20, () => ask(url))
      await begun(1)
      await came(20)
      release()
      await Promise.all(asked)
    })
    expect(state.renders).toBe(1)
  })

  it('get no page of another variant', async () => {
    const { handler, begun, release, state } = gate((req, res, render) => {
      res.setHeader('Vary', 'X-Kind')
      res.end(`${String(req.headers['x-kind'])} by render ${render}`)
    })
    const answers = await serve(site(handler), async (url, came) => {
      const asked = times(60, (i) => ask(url, { 'X-Kind': `kind ${i % 3}` }))
      await begun(1)
      await came(60)
      release()
      // Now it is known what they vary by: the others wait for their own.
      await begun(3)
      await settle()
      release()
      release()
      return Promise.all(asked)
    })
    expect(state.renders).toBe(3)
    for (const [i, { body }] of answers.entries()) expect(body).toContain(`kind ${i % 3} by`)
  })

  it('each variant on its own, once it is known what the page varies by', async () => {
    const { handler, begun, release, releaseAll, state } = gate((req, res) => {
      res.setHeader('Vary', 'X-Kind')
      res.end(String(req.headers['x-kind']))
    })
    await serve(site(handler, { timeout: 60 }), async (url, came) => {
      const first = ask(url, { 'X-Kind': 'none' })
      await begun(1)
      release()
      await first
      const asked = times(40, (i) => ask(url, { 'X-Kind': `kind ${i % 4}` }))
      await begun(5)
      await came(41)
      expect(state.renders).toBe(5)
      releaseAll()
      await Promise.all(asked)
    })
  })

  it('wait for one to ask whether a stale page still holds', async () => {
    const { handler, begun, release, state } = gate((req, res) => {
      res.setHeader('ETag', '"v1"')
      res.setHeader('Cache-Control', 'max-age=60')
      if (req.headers['if-none-match'] === '"v1"') return res.writeHead(304).end()
      return res.end('page')
    })
    const answers = await serve(site(handler, { policy: 'rfc9111' }), async (url, came) => {
      await storeStale(url, { begun, release })
      const asked = times(50, () => ask(url))
      await begun(2)
      await came(51)
      release()
      return Promise.all(asked)
    })
    expect(state.renders).toBe(2)
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 page']))
  })

  it('are not there for who asks for nothing stored, or a part', async () => {
    const { handler, begun, releaseAll, state } = gate(plain)
    await serve(site(handler, { policy: 'rfc9111' }), async (url) => {
      const asked = [ask(url), ask(url, { 'Cache-Control': 'no-cache' }), ask(url, { Range: 'bytes=0-1' })]
      await begun(3)
      releaseAll()
      await Promise.all(asked)
    })
    expect(state.renders).toBe(3)
  })

  it('render by themselves without coalesce', async () => {
    const { handler, begun, releaseAll } = gate(plain)
    await serve(site(handler, { coalesce: false }), async (url) => {
      const asked = times(10, () => ask(url))
      await begun(10)
      releaseAll()
      await Promise.all(asked)
    })
  })
})

describe('a store that keeps nothing', () => {
  it('has the page rendered once for all who wait', async () => {
    const cache = createCaches({ default: { store: dummyStore() } }).get('default')
    const { handler, begun, release, state } = gate(plain)
    await serve(site(handler, { cache }), async (url, came) => {
      const asked = times(100, () => ask(url))
      await begun(1)
      await came(100)
      release()
      expect(new Set((await Promise.all(asked)).map(({ body }) => body))).toEqual(new Set(['render 1']))
    })
    expect(state.renders).toBe(1)
  })
})

describe('a request that passes one layer twice', () => {
  const twice: Readonly<Record<string, (app: express.Express) => unknown>> = {
    'fetchFromCache()': (app) =>
      app.use(updateCache({ cache: freshCache(), lockTimeout: '1h' }), fetchFromCache(), fetchFromCache()),
    'siteCache()': (app) => {
      const layer = siteCache({ cache: freshCache(), lockTimeout: '1h' })
      app.use(layer, layer)
    },
  }

  it.each(Object.entries(twice))('does not wait for itself: %s', async (_, use) => {
    const app = express()
    use(app)
    app.get('/page', (_req, res) => void res.send('page'))
    const site = await listen(app)
    try {
      expect((await ask(`${site.url}/page`)).body).toBe('page')
      expect((await ask(`${site.url}/page`)).cacheStatus).toMatch(/; hit/)
    } finally {
      await site.close()
    }
  })
})
