import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from '@jest/globals'
import { createCaches, explain, explainText, invalidatePage, siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import request from '@sitecache/test-support/request'
import { serve } from '@sitecache/test-support/serve'
import express, { type Express } from 'express'

type Options = NonNullable<Parameters<typeof siteCache>[0]>

/** A site whose only page is the explanation of its request. */
function explaining(options: Options, above: express.RequestHandler[] = []): Express {
  const app: Express = express()
  for (const middleware of above) app.use(middleware)
  return app
    .use(siteCache({ cache: freshCache(), ...options }))
    .use(async (req, res) => res.set('Cache-Control', 'no-store').send(explainText(await explain(req))))
}

/** Sends bytes and reads all that comes back. */
async function raw(url: string, bytes: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes)
  return text(socket)
}

const methods: Options['methods'] = ['GET', 'HEAD', 'POST']

describe('a request that goes past the cache is explained to its handler', () => {
  it.each<[string, Express, (app: Express) => Promise<string>]>([
    ['method', explaining({}), async (app) => (await request(app).post('/')).text],
    ['request', explaining({}), async (app) => (await request(app).get('/').send({ a: 1 })).text],
    [
      'body-gone',
      explaining({ methods }, [express.json()]),
      async (app) => (await request(app).post('/').send({ a: 1 })).text,
    ],
    [
      'body-too-large',
      explaining({ methods, maxRequestBodyBytes: 2 }),
      async (app) => (await request(app).post('/').send({ a: 1 })).text,
    ],
    [
      'body-late',
      explaining({ methods, requestBodyTimeout: 0.02 }),
      async (app) =>
        raw(
          await serve(app),
          'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\na',
        ),
    ],
    [
      'trailers',
      explaining({ methods }),
      async (app) =>
        raw(
          await serve(app),
          'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n',
        ),
    ],
  ])('%s', async (reason, app, ask) => {
    const shown = await ask(app)
    expect(shown).toContain(`would go past the cache (${reason})`)
    expect(shown).toMatch(new RegExp(`\\n  ${reason}: .*\\n    Cause:  .*\\n    Remedy: .*\\n            .`))
  })
})

describe('a stored page is explained', () => {
  it('while it is stale, and refreshed', async () => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache, timeout: 60, staleWhileRevalidate: 30 }))
    app.get('/', (_req, res) => res.send('x'))
    const url = await serve(app)
    await fetch(`${url}/`).then((res) => res.text())
    passSeconds(70)
    const { layers } = await explain({ url: `${url}/` }, { cache })
    expect(layers).toMatchObject([
      {
        wouldDo: { action: 'serve-stale', reason: 'stale-while-revalidate' },
        page: { age: 70, ttl: -10 },
        lifetime: { seconds: 60, source: 'site', staleWhileRevalidate: 30 },
        findings: [],
      },
    ])
    passSeconds(30)
    expect((await explain({ url: `${url}/` }, { cache, app })).layers[0]?.wouldDo).toMatchObject({
      action: 'miss',
    })
  })

  it('by the directives of its client', async () => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache, policy: 'rfc9111' }))
    app.get('/', (_req, res) => res.set('Cache-Control', 'max-age=60').send('x'))
    const url = `${await serve(app)}/`
    await fetch(url).then((res) => res.text())
    const doing = async (control: string) =>
      (await explain({ url, headers: { 'cache-control': control } }, { cache, app })).layers[0]?.wouldDo
    expect(await doing('max-age=60')).toMatchObject({ action: 'serve' })
    expect(await doing('no-cache')).toMatchObject({ action: 'validate', forward: 'request' })
    passSeconds(70)
    expect(await doing('max-stale=60')).toMatchObject({ action: 'serve-stale', reason: 'max-stale' })
  })

  it('with why it was not stored anew, by its URL alone', async () => {
    const store = new FaultyStore()
    const cache = createCaches({ default: { store } }).get('default')
    let purge = async (): Promise<unknown> => undefined
    const app = express().use(siteCache({ cache }))
    app.use(async (_req, res) => {
      await purge()
      res.send('x')
    })
    const url = `${await serve(app)}/`
    const lastReason = async () => (await explain({ url }, { cache })).layers[0]?.last?.reason
    purge = () => invalidatePage(url, { cache })
    await fetch(url).then((res) => res.text())
    await cache.idle()
    expect(await lastReason()).toBe('purged')
    purge = async () => {
      store.failure = new Error('down')
    }
    await fetch(url).then((res) => res.text())
    await cache.idle()
    expect(await lastReason()).toBe('store')
  })
})
