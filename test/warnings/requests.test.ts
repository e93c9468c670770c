import { afterEach, describe, expect, it } from '@jest/globals'
import {
  type Caches,
  cachePage,
  createCaches,
  fetchFromCache,
  hole,
  type SiteOptions,
  siteCache,
  updateCache,
} from '@sitecache/express'
import request from '@sitecache/test-support/request'
import compression from 'compression'
import cookieParser from 'cookie-parser'
import cors from 'cors'
import express, { type Express, type RequestHandler } from 'express'
import { expressjwt } from 'express-jwt'
import session from 'express-session'
import helmet from 'helmet'
import jsonwebtoken from 'jsonwebtoken'
import { useWarnings } from './support/told.js'

const told = useWarnings()
/** Inputs are told of in development, and are no mistake. */
const codes = () =>
  told()
    .map(({ code }) => code)
    .filter((code) => code !== 'SITECACHE_INPUT')

interface SetUp {
  readonly code: string
  /** What its remedy says. */
  readonly remedy: RegExp
  readonly wrong: (kit: Kit) => Express
  /** Those that are right, by name. */
  readonly right: Readonly<Record<string, (kit: Kit) => Express>>
  /** Requests that are sent, each as its headers. @default one without any */
  readonly requests?: readonly Readonly<Record<string, string>>[]
}

/** A site in the order of the README, or with one look-up on top; its options have the warnings. */
interface Kit {
  readonly options: SiteOptions & { caches: Caches }
}

const page: RequestHandler = (_req, res) => void res.send(`page ${'x'.repeat(2000)}`)
const greets: RequestHandler = (req, res) => void res.send(`Hello ${Reflect.get(req.session, 'name')}`)
const sessions = () => session({ secret: 'secret', resave: false, saveUninitialized: false })
const inOrder = ({ options }: Kit, ...between: RequestHandler[]) =>
  express().use(updateCache(options), ...between, fetchFromCache())
const onTop = ({ options }: Kit, ...below: RequestHandler[]) => express().use(siteCache(options), ...below)

const token = jsonwebtoken.sign({ name: 'Ada' }, 'secret')
const jwt = () =>
  expressjwt({
    secret: 'secret',
    algorithms: ['HS256'],
    getToken: (req) => /token=([^;]+)/.exec(req.headers.cookie ?? '')?.[1],
  })
/** All visitors share pages, and what a guard reads is no input. */
const sharing: SiteOptions = { inputs: 'declared', isAuthenticated: () => false }
const echo: RequestHandler = (req, res, next) => {
  res.set('Access-Control-Allow-Origin', req.headers.origin ?? '*')
  next()
}
const nonced = (nonce: string) =>
  helmet({ contentSecurityPolicy: { directives: { scriptSrc: [`'nonce-${nonce}'`] } } })
const nonceHole = hole('warnings-nonce', () => 'nonce="abc"')

const setUps: readonly SetUp[] = [
  {
    code: 'SITECACHE_COMPRESSION',
    remedy: /between updateCache\(\) and fetchFromCache\(\)/,
    wrong: (kit) => express().use(compression(), inOrder(kit)).get('/', page),
    right: {
      between: (kit) => inOrder(kit, compression()).get('/', page),
      'below siteCache()': (kit) => onTop(kit, compression()).get('/', page),
      'above cachePage()': ({ options }) =>
        express().use(compression()).get('/', cachePage('1m', options), page),
    },
    requests: [{ 'Accept-Encoding': 'gzip' }],
  },
  {
    code: 'SITECACHE_SESSION',
    remedy: /between updateCache\(\) and fetchFromCache\(\)/,
    wrong: (kit) => inOrder(kit).use(sessions()).get('/', greets),
    right: {
      between: (kit) => inOrder(kit, sessions()).get('/', greets),
      'below siteCache()': (kit) => onTop(kit, sessions()).get('/', greets),
      'below, where no page needs it': (kit) => inOrder(kit).use(sessions()).get('/', page),
      'at a route whose pages are not kept': (kit) =>
        inOrder(kit).get(
          '/',
          sessions(),
          (_req, res) => void res.set('Cache-Control', 'no-store').send('mine'),
        ),
    },
  },
  {
    code: 'SITECACHE_HOSTS',
    remedy: /hosts: \['shop\.example'/,
    wrong: (kit) => inOrder(kit).get('/', page),
    right: {
      'with hosts': ({ options }) =>
        inOrder({ options: { ...options, hosts: ['*.example'] } }).get('/', page),
      'at a route': ({ options }) => express().get('/', cachePage('1m', options), page),
    },
    requests: Array.from({ length: 30 }, (_, i) => ({ Host: `host${i}.example` })),
  },
  {
    code: 'SITECACHE_ORIGIN',
    remedy: /cors\(\)/,
    wrong: (kit) => inOrder(kit, echo).get('/', page),
    right: {
      'cors() for all': (kit) => inOrder(kit, cors()).get('/', page),
      'cors() that echoes': (kit) => inOrder(kit, cors({ origin: true })).get('/', page),
      'cors() on top': (kit) => onTop(kit, cors({ origin: true })).get('/', page),
      'its own Vary': (kit) =>
        inOrder(kit, echo, (_req, res, next) => {
          res.vary('Origin')
          next()
        }).get('/', page),
    },
    requests: [{ Origin: 'https://one.example' }, {}],
  },
  {
    code: 'SITECACHE_NONCE',
    remedy: /into a hole/,
    wrong: (kit) =>
      onTop(kit, nonced('abc')).get('/', (_req, res) => void res.send('<script nonce="abc"></script>')),
    right: {
      'helmet() without one': (kit) => onTop(kit, helmet()).get('/', page),
      'a policy above and a hole': (kit) =>
        express()
          .use(nonced('abc'), inOrder(kit))
          .get('/', (_req, res) => void res.send(`<script ${nonceHole()}></script>`)),
    },
  },
  {
    code: 'SITECACHE_GUARD',
    remedy: /between updateCache\(\) and fetchFromCache\(\)/,
    wrong: ({ options }) => onTop({ options: { ...options, ...sharing } }, jwt()).get('/', page),
    right: {
      between: ({ options }) => inOrder({ options: { ...options, ...sharing } }, jwt()).get('/', page),
      'below, where its reads are inputs of the page': ({ options }) =>
        onTop({ options: { ...options, isAuthenticated: () => false } }, jwt()).get('/', page),
      'a session that the handler asks': (kit) =>
        inOrder(kit, cookieParser(), sessions()).get('/', (req, res) => {
          if (req.cookies.token === undefined) res.sendStatus(401)
          else res.send('members')
        }),
    },
    requests: [{}, { Cookie: `token=${token}` }, { Cookie: `token=${token}` }],
  },
  {
    code: 'SITECACHE_UNDECLARED',
    remedy: /varyOnHeaders\('accept-language'\)/,
    wrong: ({ options }) => inOrder({ options: { ...options, inputs: 'declared' } }).get('/', speaks),
    right: {
      'inputs that are learned': (kit) => inOrder(kit).get('/', speaks),
      'a Vary': ({ options }) =>
        inOrder({ options: { ...options, inputs: 'declared' } }).get('/', (req, res, next) => {
          res.vary('Accept-Language')
          speaks(req, res, next)
        }),
      'key parts': ({ options }) =>
        inOrder({
          options: { ...options, inputs: 'declared', keyParts: (req) => [req.get('accept-language') ?? ''] },
        }).get('/', speaks),
    },
    requests: [{ 'Accept-Language': 'de' }],
  },
]

const speaks: RequestHandler = (req, res) => void res.send(`page in ${req.get('accept-language')}`)

const { SITECACHE_DEBUG } = process.env
afterEach(() => {
  if (SITECACHE_DEBUG === undefined) delete process.env.SITECACHE_DEBUG
  else process.env.SITECACHE_DEBUG = SITECACHE_DEBUG
})

/** Sends the requests twice, in development. */
async function run({ requests = [{}] }: SetUp, build: (kit: Kit) => Express, options: SiteOptions = {}) {
  process.env.SITECACHE_DEBUG = '1'
  const caches = createCaches({ default: 'memory:' })
  const app = build({ options: { ...options, caches } })
  app.use(((_error, _req, res, _next) => void res.sendStatus(401)) as express.ErrorRequestHandler)
  for (const headers of [...requests, ...requests]) {
    await request(app).get('/').set(headers)
    await caches.idle()
  }
  return codes()
}

describe.each(setUps.map((setUp): [string, SetUp] => [setUp.code, setUp]))('%s', (code, setUp) => {
  it('is told once, with its remedy', async () => {
    expect(await run(setUp, setUp.wrong)).toEqual([code])
    expect(told().find((each) => each.code === code)?.message).toMatch(setUp.remedy)
  })

  it.each(Object.entries(setUp.right))('is not told of %s', async (_name, build) => {
    expect(await run(setUp, build)).toEqual([])
  })

  it('can be switched off', async () => {
    expect(await run(setUp, setUp.wrong, { warnings: { [code]: false } })).toEqual([])
  })
})

describe('the first requests', () => {
  it('are a hundred: later ones are not looked at, and nothing is held for them', async () => {
    const caches = createCaches({ default: 'memory:' })
    const listeners: number[] = []
    const app = express()
    app.use((_req, res, next) => {
      const before = res.listenerCount('finish')
      next()
      listeners.push(res.listenerCount('finish') - before)
    })
    app.use(siteCache({ caches }), echo).get('/:id', page)
    for (let i = 0; i < 110; i += 1) await request(app).get('/1')
    expect(listeners.slice(1, 100).every((count) => count === 1)).toBe(true)
    expect(listeners.slice(100)).toEqual(Array(10).fill(0))
    await request(app).get('/2').set('Origin', 'https://one.example')
    expect(codes()).toEqual([])
  })
})

describe('a check', () => {
  it('ends no process by a method that throws once the response is out', async () => {
    const caches = createCaches({ default: 'memory:' })
    const app = express().use(siteCache({ caches }), (_req, res) => {
      const refuse = () => {
        throw new Error('not any more')
      }
      res.once('prefinish', () => Object.assign(res, { getHeader: refuse }))
      res.send('page')
    })
    expect((await request(app).get('/')).text).toBe('page')
  })
})

describe('a layer further out', () => {
  it('learns no input by what the checks look at', async () => {
    const caches = createCaches({ default: 'memory:' })
    const app = express().use(siteCache({ caches })).get('/', cachePage('1m', { caches }), page)
    const first = await request(app).get('/').set('Origin', 'https://one.example')
    const second = await request(app).get('/').set('Origin', 'https://two.example')
    expect(first.headers.vary).toBeUndefined()
    expect(second.headers['cache-status']).toMatch(/^sitecache; hit/)
  })
})
