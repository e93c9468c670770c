import type { RequestListener } from 'node:http'
import { Writable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { cacheOutcome, cachePage, siteCache, withSiteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import express, { type Request } from 'express'
import morgan from 'morgan'
import pino from 'pino'
import { pinoHttp } from 'pino-http'

/** A stream that keeps its lines. */
function lines(): { stream: Writable; all: string[]; count(n: number): Promise<readonly string[]> } {
  const all: string[] = []
  let check = (): void => {}
  const stream = new Writable({
    write(chunk, _encoding, done) {
      all.push(String(chunk).trim())
      check()
      done()
    },
  })
  const count = (n: number): Promise<readonly string[]> =>
    new Promise((resolve) => {
      check = () => all.length >= n && resolve(all)
      check()
    })
  return { stream, all, count }
}

const cachedIn = (req: object) => Reflect.get(req, 'cache')?.outcome

describe('req.cache.outcome', () => {
  it('is in a line of morgan', async () => {
    const log = lines()
    morgan.token('cache', (req) => {
      const { result, reason } = cachedIn(req) ?? {}
      return reason === undefined ? result : `${result}:${reason}`
    })
    const app = express()
    app.use(morgan(':method :url :cache', { stream: log.stream }))
    app.use(siteCache({ cache: freshCache(), skip: (req) => req.url === '/skipped' }))
    app.get('/page', (_req, res) => res.send('x'))
    app.get('/cookie', (_req, res) => res.cookie('a', '1').send('x'))
    app.get('/skipped', (_req, res) => res.send('x'))
    for (const path of ['/page', '/page', '/cookie', '/skipped']) await request(app).get(path)
    expect(await log.count(4)).toEqual([
      'GET /page miss',
      'GET /page hit',
      'GET /cookie unstorable:set-cookie',
      'GET /skipped bypass:skip',
    ])
  })

  it('is in an object of pino-http', async () => {
    const log = lines()
    const app = express()
    app.use(pinoHttp({ logger: pino(log.stream), customProps: (req) => ({ cache: cachedIn(req) }) }))
    app.use(siteCache({ cache: freshCache() }))
    app.get('/page', (_req, res) => res.send('x'))
    await request(app).get('/page')
    await request(app).get('/page')
    const objects = (await log.count(2)).map((line) => JSON.parse(line).cache)
    expect(objects).toEqual([
      { result: 'miss', ttl: 600 },
      { result: 'hit', ttl: 600, age: 0 },
    ])
  })

  it('is there at the first hit of a process, which no handler has seen', async () => {
    const cache = freshCache()
    const log = lines()
    const filling = express().use(siteCache({ cache }))
    filling.get('/page', (_req, res) => res.send('x'))
    await request(filling).get('/page')
    const app = express()
    app.use(morgan((_tokens, req) => String(cachedIn(req)?.result), { stream: log.stream }))
    app.use(siteCache({ cache }))
    await request(app).get('/page')
    expect(await log.count(1)).toEqual(['hit'])
  })

  it('is that of the innermost layer that was reached', async () => {
    const seen: unknown[] = []
    const app = express()
    app.use((req, res, next) => {
      res.once('finish', () => seen.push((req as Request & { cache?: { outcome?: unknown } }).cache?.outcome))
      next()
    })
    app.use(siteCache({ cache: freshCache(), skip: () => true }))
    app.get('/page', cachePage(60, { cache: freshCache() }), (_req, res) => res.send('x'))
    await request(app).get('/page')
    await request(app).get('/page')
    expect(seen).toEqual([
      { result: 'miss', ttl: 60 },
      { result: 'hit', ttl: 60, age: 0 },
    ])
  })

  it('is had by cacheOutcome() on node:http', async () => {
    const seen: unknown[] = []
    const cached = withSiteCache((_req, res) => res.end('x'), { cache: freshCache() })
    const listener: RequestListener = (req, res) => {
      res.once('finish', () => seen.push(cacheOutcome(req)?.result))
      cached(req, res)
    }
    await request(listener).get('/page')
    await request(listener).get('/page')
    expect(seen).toEqual(['miss', 'hit'])
  })
})
