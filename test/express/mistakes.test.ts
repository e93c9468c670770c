import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import {
  cacheControl,
  cachePage,
  cacheTags,
  conditionalGet,
  createCaches,
  fetchFromCache,
  invalidates,
  neverCache,
  purge,
  SettingsError,
  siteCache,
  updateCache,
  varyOnCookie,
  varyOnHeaders,
  withSiteCache,
} from '@sitecache/express'
import { frameworks, listen } from '@sitecache/test-support/applications'
import { ask } from '@sitecache/test-support/ask'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import express from 'express'

/** What JavaScript lets pass. */
type Untyped = (...given: unknown[]) => unknown

const makers: Readonly<Record<string, unknown>> = {
  cacheControl,
  cachePage,
  cacheTags,
  conditionalGet,
  fetchFromCache,
  invalidates,
  purge,
  siteCache,
  updateCache,
  varyOnHeaders,
  withSiteCache,
}

describe.each(frameworks)('$name: a function that makes a middleware, in its place', (framework) => {
  it.each(Object.entries(makers))('%s is one short error that says how to call it', async (name, maker) => {
    let seen: unknown
    const make = maker as Untyped
    const wrong = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => {
      try {
        make(req, res, next)
      } catch (error) {
        seen = error
        res.end('told')
      }
    }
    const { url, close } = await listen(framework.build([wrong], (_req, res) => res.end()))
    expect((await ask(`${url}/page`)).body).toBe('told')
    await close()
    expect(seen).toBeInstanceOf(SettingsError)
    expect(String(seen)).toContain(`${name}(`)
    expect(String(seen).length).toBeLessThan(400)
  })
})

describe('a wrapper', () => {
  it.each(Object.entries({ neverCache, varyOnCookie }))(
    '%s, called: says that it needs no call',
    (name, wrapper) => {
      expect(wrapper as Untyped).toThrow(new RegExp(`${name} is a middleware.*without a call.*undefined`))
    },
  )

  it.each([undefined, null, 'handler', {}])('around %p says that a handler is missing', (handler) => {
    const wrapper = cachePage('1m') as Untyped
    expect(() => wrapper(handler)).toThrow(/cachePage is a middleware.*handler/)
  })
})

describe('withSiteCache', () => {
  const router = () => express.Router().get('/', (_req, res) => void res.end('page'))

  it('takes a router, in the chain and as a server', async () => {
    const app = express().use(withSiteCache(router() as never, { cache: freshCache() }))
    app.use((_req, res) => void res.send('next'))
    expect((await request(app).get('/')).text).toBe('page')
    expect((await request(app).get('/other')).text).toBe('next')
    const alone = withSiteCache(router() as never, { cache: freshCache() })
    expect((await request(alone).get('/')).text).toBe('page')
    expect((await request(alone).get('/other')).status).toBe(404)
  })

  it.each([
    ['itself', (app: Untyped) => withSiteCache(app as never, { cache: freshCache() })],
    ['cachePage', (app: Untyped) => cachePage('1m', { cache: freshCache() })(app as never)],
  ])('%s gives a bound method as many arguments as node:http does', async (_name, wrap) => {
    class Router {
      readonly prefix = 'page'
      // As Polka's handler, which is given the parsed URL by some servers.
      handle(_req: IncomingMessage, res: ServerResponse, info?: { pathname: string }): void {
        res.end(`${this.prefix} ${info === undefined ? '' : info.pathname.slice(1)}`)
      }
    }
    const router = new Router()
    const wrapped = wrap(router.handle.bind(router) as Untyped)
    expect((await request(wrapped as never).get('/')).text).toBe('page ')
    const app = express().use(wrapped as never)
    app.use((error: Error, _req: unknown, res: express.Response, _next: unknown) => void res.send(error.name))
    expect((await request(app).get('/other')).text).toBe('TypeError')
  })

  it('leaves the end of the chain to an Express application', async () => {
    const answer = await request(withSiteCache(express(), { cache: freshCache() })).get('/nothing')
    expect(answer.text).toContain('Cannot GET /nothing')
  })

  it.each([undefined, null, {}, 'app'])('refuses %p', (app) => {
    expect(() => withSiteCache(app as never)).toThrow(/withSiteCache\(\) takes an application/)
  })
})

describe('updateCache() without fetchFromCache()', () => {
  const warnings = jest.spyOn(process, 'emitWarning')
  beforeEach(() => void warnings.mockReset().mockImplementation(() => {}))
  afterEach(() => void warnings.mockReset())

  const askOften = async (app: express.Express, times: number) => {
    for (let i = 0; i < times; i += 1) await request(app).get(`/${i}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const page = (_req: unknown, res: express.Response) => void res.send('page')

  it('warns once, when the third page has gone by', async () => {
    const app = express()
      .use(updateCache({ cache: freshCache() }))
      .use(page)
    await askOften(app, 2)
    expect(warnings).not.toHaveBeenCalled()
    await askOften(app, 5)
    expect(warnings).toHaveBeenCalledTimes(1)
    expect(warnings.mock.calls[0]?.[0]).toMatch(/fetchFromCache\(\)/)
  })

  it('says nothing where it is there, or where no page was answered', async () => {
    const app = express()
      .use(updateCache({ cache: freshCache() }), fetchFromCache())
      .use(page)
    const refusing = express().use(updateCache({ cache: freshCache() }))
    const both = express()
      .use(siteCache({ cache: freshCache() }))
      .use(page)
    for (const each of [app, refusing, both]) await askOften(each, 5)
    expect(warnings).not.toHaveBeenCalled()
  })
})

describe('a set-up that goes wrong without a word', () => {
  const warnings = jest.spyOn(process, 'emitWarning')
  beforeEach(() => void warnings.mockReset().mockImplementation(() => {}))
  afterEach(() => void warnings.mockReset())

  const codes = () => warnings.mock.calls.map(([, options]) => Reflect.get(Object(options), 'code'))

  it('warns once of a proxy that is not trusted', async () => {
    const app = express().use(siteCache({ cache: freshCache() }))
    const trusting = express()
      .set('trust proxy', true)
      .use(siteCache({ cache: freshCache() }))
    await request(app).get('/').set('X-Forwarded-Proto', 'http')
    await request(trusting).get('/').set('X-Forwarded-Proto', 'https')
    expect(codes()).toEqual([])
    for (let i = 0; i < 3; i += 1) await request(app).get('/').set('X-Forwarded-Proto', 'https')
    expect(codes()).toEqual(['SITECACHE_PROXY'])
    expect(warnings.mock.calls[0]?.[0]).toMatch(/trust proxy/)
  })

  it('warns once of a cache outside the process without a keyPrefix', () => {
    const of = (keyPrefix: string) => createCaches({ default: { store: new ByteStore(), keyPrefix } })
    siteCache({ caches: of('shop') })
    siteCache({ caches: of(''), keyPrefix: 'shop' })
    siteCache({ cache: freshCache() })
    expect(codes()).toEqual([])
    for (let i = 0; i < 3; i += 1) siteCache({ caches: of('') })
    expect(codes()).toEqual(['SITECACHE_PREFIX'])
    expect(warnings.mock.calls[0]?.[0]).toMatch(/cache 'default' has no keyPrefix in its bytes store/)
  })
})
