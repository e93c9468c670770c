import type { RequestListener } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { cachePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express5 from 'express'
import express4 from 'express4'
import { hear } from './heard.js'

describe.each([
  ['Express 5', express5],
  ['Express 4', express4 as unknown as typeof express5],
])('the route of an exchange on %s', (_name, express) => {
  async function routesOf(path: string, mount: (app: ReturnType<typeof express>) => void) {
    const cache = freshCache()
    const heard = hear(cache)
    const app = express()
    app.use(siteCache({ cache }))
    mount(app)
    await request(app as unknown as RequestListener).get(path)
    await request(app as unknown as RequestListener).get(path)
    return (await heard.count(2)).map(({ result, route }) => `${result} ${route}`)
  }

  it('is its pattern, at a hit too', async () => {
    const routes = await routesOf('/articles/secret', (app) =>
      app.get('/articles/:id', (_req, res) => res.send('x')),
    )
    expect(routes).toEqual(['miss /articles/:id', 'hit /articles/:id'])
  })

  it('has the patterns of its routers in front', async () => {
    const routes = await routesOf('/users/secret/shop/orders/secret2', (app) => {
      const inner = express.Router().get('/orders/:order', (_req, res) => res.send('x'))
      const outer = express.Router().use('/shop', inner)
      app.use('/users/:user', outer)
    })
    expect(routes).toEqual(['miss /users/:user/shop/orders/:order', 'hit /users/:user/shop/orders/:order'])
  })

  it('has the mount points of applications in front', async () => {
    const routes = await routesOf('/de/api/v1/a', (app) => {
      const api = express()
      api.use(
        '/v1',
        express.Router().get('/a', (_req, res) => res.send('x')),
      )
      app.use('/:language/api', api)
    })
    expect(routes).toEqual(['miss /:language/api/v1/a', 'hit /:language/api/v1/a'])
  })

  it('shows nothing of a mount point that Express does not tell', async () => {
    const routes = await routesOf('/users/secret/a', (app) => {
      const router = express.Router().get('/a', (_req, res) => res.send('x'))
      app.use('/users/:user', (req, res, next) => router(req, res, next))
    })
    expect(routes).toEqual(['miss /*/*/a', 'hit /*/*/a'])
  })

  it('shows nothing that a client has chosen of a mount point that is a regular expression', async () => {
    const routes = (pattern: RegExp | RegExp[], path: string) =>
      routesOf(path, (app) =>
        app.use(
          pattern,
          express.Router().get('/a', (_req, res) => res.send('x')),
        ),
      )
    expect(await routes(/^\/u-[a-z]+/, '/u-secret/a')).toEqual(['miss /*/a', 'hit /*/a'])
    expect(await routes(/^\/api\/v\d/, '/api/v2/a')).toEqual(['miss /api/*/a', 'hit /api/*/a'])
    expect(await routes([/^\/x\.y/, /^\/z/], '/x.y/a')).toEqual(['miss /x.y/a', 'hit /x.y/a'])
    const many = /^\/any(?:\/[^/]+)*\/end/
    expect(await routes(many, `/any${'/secret'.repeat(300)}/end/a`)).toEqual([
      'miss /any/**/end/a',
      'hit /any/**/end/a',
    ])
  })

  it('is none where nothing has matched', async () => {
    const routes = await routesOf('/secret', (app) => app.use((_req, res) => res.send('x')))
    expect(routes).toEqual(['miss undefined', 'hit undefined'])
  })

  it('is that of a layer within the route', async () => {
    const cache = freshCache()
    const heard = hear(cache)
    const app = express()
    app.get('/a/:b', cachePage(60, { cache }), (_req, res) => res.send('x'))
    await request(app as unknown as RequestListener).get('/a/1')
    await request(app as unknown as RequestListener).get('/a/1')
    expect((await heard.count(2)).map(({ route }) => route)).toEqual(['/a/:b', '/a/:b'])
  })
})
