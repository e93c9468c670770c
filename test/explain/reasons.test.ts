import { describe, expect, it } from '@jest/globals'
import {
  cachePage,
  type ExplainedRequest,
  explain,
  explainText,
  fetchFromCache,
  hole,
  siteCache,
  updateCache,
} from '@sitecache/express'
import { REASONS, type Reason, reasonLines } from '@sitecache/http'
import { freshCache } from '@sitecache/test-support/cache'
import { type Handler, site } from '@sitecache/test-support/site'
import express, { type Express } from 'express'
import session from 'express-session'
import helmet from 'helmet'

type Options = NonNullable<Parameters<typeof siteCache>[0]>

const url = 'http://shop.example/page'
const sends: Handler = (_req, res) => res.send('page')
const setting =
  (name: string, value: string): Handler =>
  (_req, res) =>
    res.set(name, value).send('page')

interface Scenario {
  readonly app: Express
  readonly target?: Partial<ExplainedRequest>
}

const of = (handler: Handler, options: Options = {}, target: Scenario['target'] = {}): Scenario => ({
  app: site(handler, options).app,
  target,
})

/** An application with middlewares above its cache. */
function below(
  middlewares: readonly express.RequestHandler[],
  handler: Handler,
  options: Options = {},
): Scenario {
  const app = express()
  for (const middleware of middlewares) app.use(middleware)
  return { app: app.use(siteCache({ cache: freshCache(), ...options })).use(handler) }
}

const fault = (): never => {
  throw new Error('hushed')
}

/** A scenario for each reason that an application on trial can meet. */
const scenarios: Partial<Record<Reason, () => Scenario>> = {
  skip: () => of(sends, { skip: () => true }),
  host: () => of(sends, { hosts: ['other.example'] }),
  'signed-in': () => of(sends, { anonymousOnly: true, isAuthenticated: () => true }),
  error: () => of(sends, { keyParts: fault }),
  'only-if-cached': () =>
    of(sends, { policy: 'rfc9111' }, { headers: { 'cache-control': 'only-if-cached' } }),
  status: () => of((_req, res) => res.status(404).send('none')),
  'content-range': () => of(setting('Content-Range', 'bytes 0-3/10')),
  stream: () => of((_req, res) => void res.type('text/event-stream').write('data: 1\n\n')),
  'no-store': () => of(setting('Cache-Control', 'no-store')),
  private: () => of(setting('Cache-Control', 'private')),
  'no-cache': () => of(setting('Cache-Control', 'no-cache')),
  'vary-star': () => of(setting('Vary', '*')),
  'content-encoding': () =>
    of(setting('Content-Encoding', 'br'), {}, { headers: { 'accept-encoding': 'gzip' } }),
  'transfer-encoding': () => of((_req, res) => res.set('Transfer-Encoding', 'gzip, chunked').end('page')),
  'set-cookie': () => of((_req, res) => res.cookie('id', 'hushed').send('page')),
  authorization: () => of(sends, {}, { headers: { authorization: 'Bearer hushed' } }),
  'too-large': () => of(sends, { maxBodyBytes: 2 }),
  'not-fresh': () => of(setting('Cache-Control', 'max-age=0')),
  trailers: () =>
    of((_req, res) => {
      res.setHeader('Trailer', 'X-T')
      res.write('page')
      res.addTrailers({ 'X-T': '1' })
      res.end()
    }),
  'store-if': () => of(sends, { storeIf: () => false }),
  inputs: () =>
    of((req, res) => {
      res.write('page')
      res.end(String(req.get('x-late')))
    }),
  address: () => of((req, res) => res.send(String(req.ip))),
  'session-changed': () =>
    below(
      [session({ secret: 'x', resave: false, saveUninitialized: false })],
      (req, res) => {
        Object.assign(req.session, { visits: 1 })
        res.send('page')
      },
      { setCookie: 'strip' },
    ),
  rewritten: () => {
    const rewrite: express.RequestHandler = (_req, res, next) => {
      const { end } = res
      res.end = ((body: unknown) => Reflect.apply(end, res, [`${String(body)}!`])) as typeof end
      next()
    }
    const app = express().use(updateCache({ cache: freshCache() }), rewrite, fetchFromCache())
    return { app: app.use((_req, res) => void res.end('page')) }
  },
  nonce: () => {
    const nonce = (_req: unknown, res: object): string => `'nonce-${Reflect.get(res, 'nonce')}'`
    const above: express.RequestHandler = (_req, res, next) => {
      Object.assign(res, { nonce: 'r4nd0mr4nd0m' })
      next()
    }
    const policy = helmet({ contentSecurityPolicy: { directives: { scriptSrc: [nonce] } } })
    return below([above, policy], (_req, res) => res.send('<script nonce="r4nd0mr4nd0m"></script>'))
  },
  aborted: () => of((_req, res) => res.destroy()),
  length: () => of((_req, res) => res.set('Content-Length', '4').end('longer')),
}

describe('a request that the application answers on trial', () => {
  it.each(Object.entries(scenarios))('is explained: %s', async (reason, scenario) => {
    const { app, target } = scenario()
    const explained = await explain({ url, ...target }, { app })
    const text = explainText(explained)
    for (const line of reasonLines(reason, REASONS[reason as Reason])) expect(text).toContain(line)
    expect(explained.layers[0]?.findings[0]?.reason).toBe(reason)
    expect(text).not.toContain('hushed')
  })

  it('is not stored, not counted, and asked for again as if it had not been', async () => {
    const cache = freshCache()
    const events: unknown[] = []
    for (const event of ['miss', 'store', 'skip', 'exchange', 'error', 'set'] as const)
      cache.on(event, (detail) => events.push([event, detail]))
    const { app, renders } = site(sends, { cache })
    const before = await cache.stats()
    const explained = await explain({ url }, { app })
    expect(explained.layers[0]?.last).toMatchObject({ result: 'miss', isTrial: true })
    expect(await explain({ url }, { app })).toMatchObject({ layers: [{ wouldDo: { forward: 'uri-miss' } }] })
    expect(renders()).toBe(2)
    expect({ ...(await cache.stats()), latency: 0 }).toEqual({ ...before, latency: 0 })
    expect(events).toEqual([])
  })

  it('never runs a handler for a method that may change something', async () => {
    const { app, renders } = site(sends)
    const explained = await explain({ url, method: 'POST' }, { app })
    expect(renders()).toBe(0)
    expect(explained.notes[0]).toMatch(/GET and HEAD alone/)
  })

  it('tells of all layers on its way, the outermost first', async () => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache }))
    app.get('/page', cachePage('1m', { cache, keyPrefix: 'inner' }), sends)
    const { layers } = await explain({ url }, { app })
    expect(layers.map(({ kind }) => kind)).toEqual(['site', 'page'])
    expect(layers.map(({ lifetime }) => lifetime)).toMatchObject([
      { seconds: 60 },
      { seconds: 60, source: 'timeout' },
    ])
  })

  it('says that it came to no layer, that the handler failed, and that it broke off', async () => {
    const none = await explain({ url }, { app: express().get('/page', sends) })
    expect(none).toMatchObject({ layers: [], notes: ['The request came to no layer of cache.'] })
    const failing = await explain({ url }, { app: site(fault).app.set('env', 'test') })
    expect(failing.layers[0]?.last).toMatchObject({ reason: 'status', status: 500 })
    const broken = await explain({ url }, { app: site((req) => req.socket.destroy()).app })
    expect(broken.notes[0]).toMatch(/broke the connection off/)
    for (const app of [fault, async () => fault()]) {
      const thrown = await explain({ url }, { app })
      expect(thrown.notes[0]).toMatch(/The application has failed/)
    }
  })

  it('may have holes', async () => {
    const filled = hole('explained', () => 'hushed')
    const { app } = site(async (_req, res) => res.send(`page ${await filled()}`))
    const explained = await explain({ url }, { app })
    expect(explained.layers[0]?.last).toMatchObject({ result: 'miss' })
    expect(JSON.stringify(explained)).not.toContain('hushed')
  })
})

describe('every reason', () => {
  const elsewhere: ReadonlySet<string> = new Set([
    // Of contents, which explain does not send; each is explained to its own handler.
    'body-gone',
    'body-too-large',
    'body-late',
    'expect',
    'method',
    'request',
    // A page answers.
    'stale-while-revalidate',
    'stale-if-error',
    'max-stale',
    // Of a store, another process or another request at the same time.
    'holes',
    'purged',
    'overtaken',
    'outdated',
    'refetched',
    'admission',
    'store',
  ])

  it('is met on trial, or can be met elsewhere alone', () => {
    const met = Object.keys(scenarios)
    expect(Object.keys(REASONS).filter((reason) => !met.includes(reason) && !elsewhere.has(reason))).toEqual(
      [],
    )
  })
})
