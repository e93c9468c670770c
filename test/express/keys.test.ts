import { describe, expect, it } from '@jest/globals'
import { fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { echo, type Options } from '@sitecache/test-support/echo'
import { getRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import express, { type Request } from 'express'
import fc from 'fast-check'

describe('Vary', () => {
  it('tells an absent header from an empty one', async () => {
    const { app } = echo({}, (req) => `${typeof req.headers['x-a']}`, ['X-A'])
    expect((await request(app).get('/')).text).toBe('undefined')
    expect((await request(app).get('/').set('X-A', '')).text).toBe('string')
    expect((await request(app).get('/')).text).toBe('undefined')
  })

  it('of different responses of a URL counts together', async () => {
    const app = express().use(siteCache({ cache: freshCache() }))
    app.get('/', (req, res) => {
      const name = req.get('x-which') === 'b' ? 'X-B' : 'X-A'
      res
        .vary('X-Which')
        .vary(name)
        .send(`${req.get('x-which')} ${req.get('x-a')} ${req.get('x-b')}`)
    })
    const ask = async (which: string, a: string, b: string) =>
      (await request(app).get('/').set({ 'X-Which': which, 'X-A': a, 'X-B': b })).text
    for (const [which, a, b] of [
      ['a', '1', '1'],
      ['b', '1', '2'],
      ['a', '2', '1'],
      ['b', '1', '3'],
      ['a', '1', '1'],
    ] as const) {
      expect(await ask(which, a, b)).toBe(`${which} ${a} ${b}`)
    }
  })

  it('keeps at most maxVariants pages of a URL, and forgets the oldest', async () => {
    const cache = freshCache()
    const { app, renders } = echo({ cache, maxVariants: 3 }, (req) => String(req.get('x-a')), ['X-A'])
    for (let i = 0; i < 10; i += 1) await request(app).get('/').set('X-A', String(i))
    // Three, their record and fence, and of the tags the clock and the route's.
    expect((await cache.stats()).entries).toBe(7)
    expect((await request(app).get('/').set('X-A', '9')).headers['cache-status']).toMatch(/hit/)
    await request(app).get('/').set('X-A', '0')
    expect(renders()).toBe(11)
  })

  it('is reduced by buckets', async () => {
    const { app, renders } = echo({ buckets: { 'Accept-Language': ['en', 'fr'] } }, () => 'x', [
      'Accept-Language',
    ])
    for (const value of ['fr-CA,fr;q=0.8', 'fr', 'fr-FR, en;q=0.5'])
      await request(app).get('/').set('Accept-Language', value)
    expect(renders()).toBe(1)
    await request(app).get('/').set('Accept-Language', 'en-GB')
    expect(renders()).toBe(2)
  })
})

describe('a bucket of languages', () => {
  const languages = ['en', 'fr', 'de']
  const range = fc.constantFrom('en', 'en-GB', 'fr', 'fr-CA', 'de', 'es', '*', 'DE-at')
  const header = fc
    .array(fc.tuple(range, fc.constantFrom('', ';q=0', ';q=0.5', ';q=0.9')), { minLength: 1, maxLength: 4 })
    .map((members) => members.map((member) => member.join('')).join(', '))

  it('never gives a page in another language than req.acceptsLanguages would choose', async () => {
    const choose = (req: Request): string => String(req.acceptsLanguages(languages))
    const { app } = echo({ buckets: { 'accept-language': languages } }, choose, ['Accept-Language'])
    const plain = express().get('/', (req, res) => {
      res.send(choose(req))
    })
    await fc.assert(
      fc.asyncProperty(header, async (value) => {
        const cached = await request(app).get('/').set('Accept-Language', value)
        const fresh = await request(plain).get('/').set('Accept-Language', value)
        expect(cached.text).toBe(fresh.text)
      }),
      { numRuns: 60 },
    )
  })
})

describe('the query string', () => {
  it('is taken exactly by default', async () => {
    const { app, renders } = echo({}, () => 'x')
    for (const path of ['/?a=1&b=2', '/?b=2&a=1', '/?a=1&b=2&a=1', '/?a=1&b=%32'])
      await request(app).get(path)
    expect(renders()).toBe(4)
  })

  it("is sorted by 'sorted', equal names kept in their order", async () => {
    const { app } = echo({ query: 'sorted' }, (req) => req.url)
    await request(app).get('/?a=1&b=2&b=1')
    expect((await request(app).get('/?b=2&b=1&a=1')).headers['cache-status']).toMatch(/hit/)
    expect((await request(app).get('/?b=1&b=2&a=1')).headers['cache-status']).toMatch(/uri-miss/)
  })

  it('loses names by except, and all others by only', async () => {
    const except = echo({ query: { except: ['utm_*'] } }, () => 'x')
    for (const path of ['/?a=1&utm_source=x', '/?a=1', '/?utm_medium=y&a=1'])
      await request(except.app).get(path)
    expect(except.renders()).toBe(1)
    const only = echo({ query: { only: ['page'] } }, () => 'x')
    for (const path of ['/?page=1&x=2', '/?page=1', '/?page=2']) await request(only.app).get(path)
    expect(only.renders()).toBe(2)
  })
})

describe('keyParts, language and time zone', () => {
  it('make other pages', async () => {
    const app = express()
    app.use((req, _res, next) => {
      Object.assign(req, { language: req.get('x-language') })
      next()
    })
    app.use(siteCache({ cache: freshCache(), keyParts: (req) => [String(req.headers['x-tenant'])] }))
    app.get('/', (req, res) => {
      res.send(`${req.get('x-tenant')} ${req.get('x-language')}`)
    })
    for (const [tenant, language] of [
      ['a', 'de'],
      ['b', 'de'],
      ['a', 'fr'],
      ['a', 'de'],
    ] as const) {
      expect((await request(app).get('/').set({ 'X-Tenant': tenant, 'X-Language': language })).text).toBe(
        `${tenant} ${language}`,
      )
    }
  })

  it('are kept apart from each other, whatever they contain', async () => {
    const { app } = echo(
      { keyParts: (req) => [req.headers['x-a'] as string, req.headers['x-b'] as string] },
      (req) => `${req.get('x-a')}|${req.get('x-b')}`,
    )
    for (const [a, b] of [
      ['1', '23'],
      ['12', '3'],
      ['1","2', '3'],
      ['1', '2","3'],
    ] as const) {
      expect((await request(app).get('/').set({ 'X-A': a, 'X-B': b })).text).toBe(`${a}|${b}`)
    }
  })
})

describe('what a proxy says', () => {
  const scheme = (req: Request): string => `${req.protocol}://${req.host}`

  it('is not believed by default', async () => {
    const { app } = echo({}, scheme)
    const { url, close } = await listen(app)
    const plain = await getRaw(url, '/', ['Host: a.example'])
    const forged = await getRaw(url, '/', [
      'Host: a.example',
      'X-Forwarded-Host: evil.example',
      'X-Forwarded-Proto: https',
    ])
    await close()
    expect(plain.body.toString()).toBe('http://a.example')
    expect(forged.headers.find(([name]) => name === 'Cache-Status')?.[1]).toMatch(/hit/)
  })

  it.each([
    ['siteCache', (options: Options) => echo(options, scheme).app],
    [
      'withSiteCache',
      (options: Options) => {
        const app = express()
        app.get('/{*path}', (req, res) => {
          res.send(scheme(req))
        })
        return Object.assign(withSiteCache(app, options), {
          set: (name: string, value: unknown) => app.set(name, value),
        })
      },
    ],
  ])('is believed where the application trusts it: %s', async (_name, make) => {
    const app = make({ cache: freshCache() })
    app.set('trust proxy', 'loopback')
    const { url, close } = await listen(app)
    for (const [host, proto] of [
      ['a.example', 'http'],
      ['a.example', 'https'],
      ['b.example', 'http'],
    ] as const) {
      const response = await getRaw(url, '/', [`X-Forwarded-Host: ${host}`, `X-Forwarded-Proto: ${proto}`])
      expect(response.body.toString()).toBe(`${proto}://${host}`)
    }
    await close()
  })
})

describe('a URL that a middleware rewrote', () => {
  it('is in the key beside the original', async () => {
    const app = express()
    app.use(updateCache({ cache: freshCache() }))
    app.use((req, _res, next) => {
      req.url = req.get('x-mobile') === undefined ? '/desktop' : '/mobile'
      next()
    })
    app.use(fetchFromCache())
    app.get('/{*path}', (req, res) => {
      res.send(req.url)
    })
    for (const [header, page] of [
      ['', '/desktop'],
      ['1', '/mobile'],
      ['', '/desktop'],
    ] as const) {
      const ask = request(app).get('/home')
      expect((await (header === '' ? ask : ask.set('X-Mobile', header))).text).toBe(page)
    }
  })
})
