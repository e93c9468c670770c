import { describe, expect, it } from '@jest/globals'
import {
  fetchFromCache,
  getPageKey,
  invalidatePage,
  siteCache,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import express, { type Request } from 'express'
import fc from 'fast-check'
import { listen } from './support/applications.js'
import { freshCache } from './support/cache.js'
import { getRaw } from './support/raw.js'
import request from './support/request.js'

type Options = Parameters<typeof siteCache>[0]

function echo(options: Options, answer: (req: Request) => string, vary: readonly string[] = []) {
  const app = express()
  app.use(siteCache({ cache: freshCache(), ...options }))
  let renders = 0
  app.get('/{*path}', (req, res) => {
    renders += 1
    for (const name of vary) res.vary(name)
    res.send(answer(req))
  })
  return { app, renders: () => renders }
}

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
    expect((await cache.stats()).entries).toBe(4)
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

describe('getPageKey and invalidatePage', () => {
  const url = 'http://site.example/a?b=1'
  const ask = (app: Parameters<typeof request>[0], language = 'de') =>
    request(app).get('/a?b=1').set({ Host: 'site.example', 'Accept-Language': language })

  it('name the key that the page has in the store', async () => {
    const cache = freshCache()
    const { app } = echo({ cache }, () => 'x', ['Accept-Language'])
    expect(await getPageKey({ url }, { cache })).toBeUndefined()
    await ask(app)
    const key = await getPageKey({ url, headers: { 'Accept-Language': 'de' } }, { cache })
    expect(key).toMatch(/^:page:1:[\w-]{43}$/)
    expect(await cache.has(String(key))).toBe(true)
    expect(await getPageKey({ url, headers: { 'accept-language': 'fr' } }, { cache })).toBeUndefined()
    expect(
      await getPageKey({ url, method: 'POST', headers: { 'accept-language': 'de' } }, { cache }),
    ).toBeUndefined()
    expect(await getPageKey({ url: '/a?b=1', headers: { 'accept-language': 'de' } }, { cache })).toBe(key)
  })

  it('drop all variants of a URL, and no other URL', async () => {
    const cache = freshCache()
    const { app, renders } = echo({ cache }, () => 'x', ['Accept-Language'])
    for (const language of ['de', 'fr']) await ask(app, language)
    await request(app).get('/a?b=2').set('Host', 'site.example')
    expect(await invalidatePage(url, { cache })).toBe(true)
    expect(await invalidatePage(url, { cache })).toBe(false)
    for (const language of ['de', 'fr']) await ask(app, language)
    expect(renders()).toBe(5)
    await request(app).get('/a?b=2').set('Host', 'site.example')
    expect(renders()).toBe(5)
  })

  it('take a path for that of every host that was stored', async () => {
    const cache = freshCache()
    const { app, renders } = echo({ cache }, () => 'x')
    await expect(invalidatePage('/a?b=1', { cache })).rejects.toThrow(/absolute URL/)
    await ask(app)
    expect(await invalidatePage('/a?b=1', { cache })).toBe(true)
    await ask(app)
    expect(renders()).toBe(2)
  })

  it('keep out a page whose rendering began before the purge', async () => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache }))
    let content = 'old'
    let purge: (() => Promise<unknown>) | undefined
    app.get('/a', async (_req, res) => {
      const rendered = content
      await purge?.()
      res.send(rendered)
    })
    for (const warm of [false, true]) {
      content = 'old'
      purge = undefined
      if (warm) await ask(app)
      if (warm) await invalidatePage(url, { cache })
      purge = async () => {
        content = 'new'
        await invalidatePage(url, { cache })
        purge = undefined
      }
      expect((await ask(app)).text).toBe('old')
      expect((await ask(app)).text).toBe('new')
      expect((await ask(app)).headers['cache-status']).toMatch(/hit/)
      await invalidatePage(url, { cache })
    }
  })
})
