import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express, { type Express, type Request, type RequestHandler } from 'express'

/** A hit looks at objects of Express in ways that are fast there: it must see all the same. */

const status = (response: { headers: Record<string, string> }) => response.headers['cache-status'] ?? ''

const sites: Readonly<Record<string, (app: Express, above: RequestHandler) => Express>> = {
  siteCache: (app, above) => app.use(above, siteCache({ cache: freshCache() })),
  'updateCache and fetchFromCache': (app, above) =>
    app.use(updateCache({ cache: freshCache() }), above, fetchFromCache()),
  cachePage: (app, above) => app.use(above, cachePage(60, { cache: freshCache() })),
}

/** The second answer to the same request, of an application with something above its cache. */
async function second(name: string, above: RequestHandler, app = express()) {
  const site = sites[name]?.(app, above).get('/', (_req, res) => void res.send('page'))
  await request(site ?? app).get('/')
  return request(site ?? app).get('/')
}

describe.each(Object.keys(sites))('a hit of %s', (name) => {
  it('goes through methods that a middleware has put on the response', async () => {
    const calls = new Set<string>()
    const { headers, text } = await second(name, (_req, res, next) => {
      for (const method of ['setHeader', 'writeHead', 'end'] as const) {
        const own: unknown = res[method]
        Object.assign(res, {
          [method]: (...args: unknown[]) => {
            if (String(args[0]).toLowerCase() === 'cache-status')
              calls.add(String(args[1]).split(';')[1] ?? '')
            calls.add(method)
            return Reflect.apply(own as () => unknown, res, args)
          },
        })
      }
      next()
    })
    expect([text, headers['x-powered-by']]).toEqual(['page', 'Express'])
    expect([...calls].sort()).toEqual([' fwd=uri-miss', ' hit', 'end', 'setHeader', 'writeHead'])
  })

  it('never sends its own field on that a middleware above has set', async () => {
    const response = await second(name, (_req, res, next) => {
      res.setHeader('Sitecache-Cache-Control', 'max-age=50')
      next()
    })
    expect(status(response)).toMatch(/; hit/)
    expect(response.headers['sitecache-cache-control']).toBeUndefined()
  })

  it.each<[string, (app: Express) => RequestHandler]>([
    ['a property', () => (req, _res, next) => void next(Object.assign(req, { user: 1 }) && undefined)],
    [
      'a property that no list shows',
      () => (req, _res, next) => {
        Object.defineProperty(req, 'user', { get: () => ({ id: 1 }) })
        next()
      },
    ],
    [
      'an accessor of the application’s requests',
      (app) => {
        Object.defineProperty(app.request, 'auth', {
          get(this: Request) {
            return { subject: this.get('host') }
          },
        })
        return (_req, _res, next) => next()
      },
    ],
    [
      'a method of the application’s requests',
      (app) => {
        Object.defineProperty(app.request, 'isAuthenticated', { value: () => true })
        return (_req, _res, next) => next()
      },
    ],
  ])('is nobody’s who is signed in, as shown by %s', async (_, make) => {
    const app = express()
    expect(status(await second(name, make(app), app))).toMatch(/signed-in/)
  })

  it('is its own language’s', async () => {
    let asked = 0
    const languages: RequestHandler = (req, _res, next) => {
      Object.defineProperty(req, 'language', { value: asked++ === 0 ? 'de' : 'fr' })
      next()
    }
    expect(status(await second(name, languages))).toMatch(/fwd=/)
  })
})
