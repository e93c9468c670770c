import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { serve } from '@sitecache/test-support/serve'
import express, { type Express, type RequestHandler, type Response } from 'express'

// What the documents of docs/migrate say of other packages, and what sitecache does of it.
const require = createRequire(import.meta.url)
const apicache: { middleware(duration: string): RequestHandler } = require('apicache')
const routeCache: { cacheSeconds(seconds: number): RequestHandler; config(options: object): void } =
  require('route-cache')
const cacheableResponse: (options: object) => (parts: object) => Promise<unknown> =
  require('cacheable-response')

const withRoute = (middleware: RequestHandler, handler: RequestHandler): Express => {
  const app = express()
  app.use(((_error, _req, res, _next) => res.status(500).end()) as express.ErrorRequestHandler)
  return app.all('/page', middleware, handler)
}

describe('apicache', () => {
  // Its timers, which clear() leaves, would keep the process for a minute.
  const { setTimeout } = globalThis
  beforeAll(() => {
    globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) =>
      setTimeout(...args).unref()) as typeof setTimeout
  })
  afterAll(() => {
    globalThis.setTimeout = setTimeout
  })

  it('keeps what is private, with its cookie', async () => {
    let visitors = 0
    const handler: RequestHandler = (_req, res) => {
      visitors += 1
      res.set('Cache-Control', 'private, no-store').cookie('sid', String(visitors)).send('page')
    }
    const url = await serve(withRoute(apicache.middleware('1 minute'), handler))
    const cookies: (string | null)[] = []
    for (let i = 0; i < 2; i += 1) cookies.push((await fetch(`${url}/page`)).headers.get('set-cookie'))
    expect(cookies).toEqual(Array(2).fill('sid=1; Path=/'))
  })

  it('answers a POST with what it has kept of one before, and an error with the same error', async () => {
    let runs = 0
    const handler: RequestHandler = (_req, res) => {
      runs += 1
      res.status(503).send(`run ${runs}`)
    }
    // A query of its own, since apicache's memory is one for the whole process.
    const url = `${await serve(withRoute(apicache.middleware('1 minute'), handler))}/page?post`
    const answers = [await fetch(url, { method: 'POST' }), await fetch(url, { method: 'POST' })]
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['run 1', 'run 1'])
    expect(answers.map(({ status }) => status)).toEqual([503, 503])
  })
})

describe('route-cache', () => {
  /** Asks twice for one page, whose handler ends once the second request waits for the first. */
  async function askTwice(end: (res: Response) => unknown) {
    let looks = 0
    let run = (): unknown => undefined
    const get = async () => {
      looks += 1
      // Each request looks for a redirect and for a page.
      if (looks === 4) setImmediate(() => run())
    }
    routeCache.config({ cacheStore: { get, set: async () => undefined } })
    const app = withRoute(routeCache.cacheSeconds(60), (_req, res) => {
      run = () => end(res)
    })
    const base = await serve(app)
    const abort = new AbortController()
    const [first, second] = [0, 1].map(() => fetch(`${base}/page`, { signal: abort.signal }))
    return { base, first, second, abort }
  }

  it('answers those who wait for a handler that fails with an empty page', async () => {
    const { first, second } = await askTwice((res) => res.status(500).end('failed'))
    const answers = await Promise.all([first, second])
    expect(answers.map((answer) => answer?.status).sort()).toEqual([200, 500])
    expect(await answers.find((answer) => answer?.ok)?.text()).toBe('')
  })

  it('never answers those who wait for a buffer', async () => {
    const { base, first, second, abort } = await askTwice((res) => res.send(Buffer.from('page')))
    let answered = 0
    for (const answer of [first, second]) answer?.then(() => (answered += 1)).catch(() => undefined)
    await Promise.race([first, second])
    // Whatever was written with the first answer has arrived by the time a later request is answered.
    await fetch(`${base}/nothing`)
    expect(answered).toBe(1)
    abort.abort()
  })
})

describe('cacheable-response', () => {
  it('renders behind each request of a page whose lifetime is below an hour', async () => {
    let renders = 0
    const cached = cacheableResponse({
      get: async () => {
        renders += 1
        return { data: 'page', ttl: 60_000 }
      },
      send: ({ data, res }: { data: string; res: Response }) => res.send(data),
    })
    const url = await serve(express().use((req, res) => cached({ req, res })))
    for (let i = 0; i < 4; i += 1) await (await fetch(`${url}/page`)).text()
    expect(renders).toBeGreaterThan(1)
  })
})
