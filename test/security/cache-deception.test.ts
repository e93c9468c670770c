import { describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache, withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { askRaw, bodyOf, getRaw, headerOf } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import cookieParser from 'cookie-parser'
import express, { type Express, type Request, type RequestHandler } from 'express'
import session from 'express-session'
import fc from 'fast-check'

/** Addresses of a visitor's own page that look like those of a file, or of a page for all. */
const disguises = [
  ...[
    '/account',
    '/account/',
    '/account/x.css',
    '/account/x.js?v=1',
    '/account;x.css',
    '/account%2fx.css',
    '/account?x.css',
  ],
  ...[
    '/account/%2e%2e/x.css',
    '/account/..%2fstatic/x.css',
    '/account%00.css',
    '/account%0a.css',
    '/account#x.css',
  ],
  ...[
    '/account//x.css',
    '/ACCOUNT/x.css',
    '/account/robots.txt',
    '/account/x.css/',
    '//account/x.css',
    '/account.',
  ],
]

type WithUser = Request & { user?: { name: string } }

const nameOf = (req: Request): string | undefined => /name=(\w+)/.exec(req.headers.cookie ?? '')?.[1]

const signIn: RequestHandler = (req, _res, next) => {
  const name = nameOf(req)
  if (name !== undefined) (req as WithUser).user = { name }
  next()
}

/** Shows everybody their own, and says neither Vary nor private. */
const account: RequestHandler = (req, res) => {
  res.set('Cache-Control', 'max-age=60').send(`account of ${(req as WithUser).user?.name ?? 'nobody'}`)
}

const byCookie: RequestHandler = (req, res) => {
  res.set('Cache-Control', 'max-age=60').send(`account of ${req.cookies.name ?? 'nobody'}`)
}

const cached = () => ({ cache: freshCache() })

type Build = () => Parameters<typeof serve>[0]

/** Caches that know who is asking when they look up. */
const aware: Readonly<Record<string, Build>> = {
  'updateCache and fetchFromCache around it': () =>
    express().use(updateCache(cached()), signIn, fetchFromCache()).use(account),
  'siteCache below it': () => express().use(signIn, siteCache(cached())).use(account),
  'cachePage behind it': () => express().use(signIn, cachePage('15m', cached())).use(account),
  'siteCache for the anonymous alone': () =>
    express()
      .use(signIn, siteCache({ ...cached(), anonymousOnly: true }))
      .use(account),
  'cookies, with the two around the parser': () =>
    express().use(updateCache(cached()), cookieParser(), fetchFromCache()).use(byCookie),
  'cookies, with cachePage behind the parser': () =>
    express().use(cookieParser(), cachePage('15m', cached())).use(byCookie),
}

/** Caches that look up before anybody is known: they may show a member the page of the anonymous, and nobody else's. */
const early: Readonly<Record<string, Build>> = {
  'siteCache above it': () => express().use(siteCache(cached()), signIn).use(account),
  'withSiteCache in front of it': () => withSiteCache(express().use(signIn).use(account), cached()),
  'cachePage before it': () => express().use(cachePage('15m', cached()), signIn).use(account),
}

const places = [
  ...Object.entries(aware).map(([name, build]) => [name, build, false] as const),
  ...Object.entries(early).map(([name, build]) => [name, build, true] as const),
]

describe.each(places)('signing in, with %s', (_name, build, isEarly) => {
  const visits = fc.tuple(fc.constantFrom(...disguises.slice(0, 4)), fc.constantFrom('ada', 'bob', undefined))

  async function expectOwn(url: string, path: string, host: string, name: string | undefined): Promise<void> {
    const lines = [`Host: ${host}`, ...(name === undefined ? [] : [`Cookie: name=${name}`])]
    const shown = bodyOf(await getRaw(url, path, lines)).toString()
    const allowed = [`account of ${name ?? 'nobody'}`, ...(isEarly ? ['account of nobody'] : [])]
    expect([path, allowed]).toEqual([path, expect.arrayContaining([shown])])
  }

  it('leaves no account for others, under whatever address', async () => {
    const url = await serve(build())
    for (const path of disguises) {
      for (const name of ['ada', 'bob', undefined, 'ada', undefined, 'bob'])
        await expectOwn(url, path, 'a', name)
    }
  })

  it('shows everybody their own, in any order', async () => {
    const url = await serve(build())
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(visits, { maxLength: 12 }), async (list) => {
        round += 1
        for (const [path, name] of list) await expectOwn(url, path, `h${round}.example`, name)
      }),
      { numRuns: 25 },
    )
  }, 30_000)
})

describe('a visitor’s session', () => {
  const sessions = (): RequestHandler => session({ secret: 's', resave: false, saveUninitialized: false })

  /** Signs a name in, shows it, and takes what a form gives, as small applications do. */
  function application(before: readonly RequestHandler[], behind: readonly RequestHandler[]): Express {
    const app = express()
    for (const middleware of [...before, sessions(), ...behind]) app.use(middleware)
    app.use((req, res) => {
      const mine = req.session as unknown as { name?: string }
      if (req.query.name !== undefined) mine.name = String(req.query.name)
      res.send(`account of ${mine.name ?? 'nobody'}`)
    })
    return app
  }

  const sites: Readonly<Record<string, () => Express>> = {
    'with the two around it': () => application([updateCache(cached())], [fetchFromCache()]),
    'with siteCache below it': () => application([], [siteCache(cached())]),
    'with cachePage below it': () => application([], [cachePage('15m', cached())]),
  }

  it.each(Object.entries(sites))('is nobody else’s, nor is its cookie: %s', async (_name, build) => {
    const url = await serve(build())
    const cookies: string[] = []
    for (const name of ['ada', 'bob', 'ada']) {
      const response = await getRaw(url, `/?name=${name}`)
      expect(bodyOf(response).toString()).toBe(`account of ${name}`)
      cookies.push(String(headerOf(response, 'set-cookie')).split(';')[0] ?? '')
    }
    expect(new Set(cookies).size).toBe(3)
    for (let round = 0; round < 2; round += 1) {
      for (const [i, name] of ['ada', 'bob', 'ada'].entries()) {
        for (const path of ['/', '/x.css']) {
          const lines = [`Cookie: ${cookies[i]}`]
          expect(bodyOf(await getRaw(url, path, lines)).toString()).toBe(`account of ${name}`)
          expect(bodyOf(await getRaw(url, path)).toString()).toBe('account of nobody')
          expect((await askRaw('HEAD', url, path, lines)).status).toBe(200)
        }
      }
    }
  })
})
