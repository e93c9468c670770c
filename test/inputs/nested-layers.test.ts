import { describe, expect, it } from '@jest/globals'
import { cachePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { bodyOf, getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import express, { type RequestHandler } from 'express'

type Options = Parameters<typeof cachePage>[1]

/** Serves a page behind a layer of the site and one of its route, on one store, with a middleware between the two. */
async function asking(between: RequestHandler, handler: RequestHandler, inner: Options = {}) {
  const cache = freshCache()
  const app = express().use(siteCache({ cache }), between)
  app.get('/', cachePage(60, { cache, ...inner }), handler)
  const url = await serve(app)
  return async (line: string) => {
    const response = await getRaw(url, '/', [line])
    const status = headerOf(response, 'cache-status') ?? ''
    const told = headerOf(response, 'cache-control') ?? ''
    return { body: bodyOf(response).toString(), status, isPrivate: told.includes('private') }
  }
}

const isSiteHit = /^sitecache; hit; ttl=\d+$/

describe('the layers of a site and of a route', () => {
  it.each<[string, RequestHandler, RequestHandler]>([
    [
      'a local that a middleware between the two has left',
      (req, res, next) => {
        res.locals.tenant = req.get('x-tenant')
        next()
      },
      (_req, res) => void res.send(`in ${res.locals.tenant}`),
    ],
    ['a header', (_req, _res, next) => next(), (req, res) => void res.send(`in ${req.headers['x-tenant']}`)],
  ])('both keep a page that depends on %s', async (_name, between, handler) => {
    const ask = await asking(between, handler)
    for (const tenant of ['a', 'b']) expect((await ask(`X-Tenant: ${tenant}`)).body).toBe(`in ${tenant}`)
    for (const tenant of ['a', 'b']) {
      const { body, status } = await ask(`X-Tenant: ${tenant}`)
      expect(body).toBe(`in ${tenant}`)
      expect(status).toMatch(isSiteHit)
    }
  })

  it('keep the page of a visitor whom the route alone identifies out of the site’s', async () => {
    const ask = await asking(
      (_req, _res, next) => next(),
      (req, res) => void res.send(`for ${req.headers.cookie}`),
      { visitor: (req) => req.headers.cookie },
    )
    for (const visitor of ['a', 'b', 'a', 'b']) {
      const { body, status, isPrivate } = await ask(`Cookie: ${visitor}`)
      expect([body, isPrivate]).toEqual([`for ${visitor}`, true])
      expect(status).not.toMatch(isSiteHit)
    }
  })
})
