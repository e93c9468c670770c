import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { cachePage, fetchFromCache, siteCache, updateCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { getRaw, type RawResponse } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import compression from 'compression'
import cors from 'cors'
import express, { type RequestHandler } from 'express'
import helmet from 'helmet'
import methodOverride from 'method-override'
import responseTime from 'response-time'
import serveStatic from 'serve-static'

const page = `<p>${'compress me '.repeat(500)}</p>`

function field(response: RawResponse, name: string): string | undefined {
  return response.headers.find(([known]) => known.toLowerCase() === name)?.[1]
}

describe('compression', () => {
  const layouts: Record<string, (handler: RequestHandler) => express.Express> = {
    outside: (handler) =>
      express()
        .use(compression(), siteCache({ cache: freshCache() }))
        .get('/', handler),
    between: (handler) =>
      express()
        .use(updateCache({ cache: freshCache() }), compression(), fetchFromCache())
        .get('/', handler),
    inside: (handler) =>
      express()
        .use(siteCache({ cache: freshCache() }), compression())
        .get('/', handler),
    'outside cachePage': (handler) =>
      express()
        .use(compression())
        .get('/', cachePage('15m', { cache: freshCache() }), handler),
  }

  it.each(Object.entries(layouts))(
    '%s never gives a client a coding that it can’t read',
    async (_name, layout) => {
      const app = layout((_req, res) => {
        res.type('html').send(page)
      })
      const { url, close } = await listen(app)
      for (const accepted of ['gzip', 'identity', 'gzip;q=0', 'gzip, deflate', '']) {
        for (let round = 0; round < 2; round += 1) {
          const response = await getRaw(url, '/', accepted === '' ? [] : [`Accept-Encoding: ${accepted}`])
          const coding = field(response, 'content-encoding')
          expect(coding).toBe(/gzip(?!;q=0)/.test(accepted) ? 'gzip' : undefined)
          expect(field(response, 'vary')).toMatch(/accept-encoding/i)
          if (round === 1) expect(field(response, 'cache-status')).toMatch(/hit/)
          const body = coding === 'gzip' ? gunzipSync(dechunk(response)) : dechunk(response)
          expect(body.toString()).toBe(page)
        }
      }
      await close()
    },
  )

  it('that a handler does by itself, and says no Vary, is kept apart all the same', async () => {
    const app = express().use(siteCache({ cache: freshCache() }))
    app.get('/', (req, res) => {
      if (req.acceptsEncodings('br') !== 'br') return res.end('plain')
      res.setHeader('Content-Encoding', 'br')
      return res.end('encoded')
    })
    const { url, close } = await listen(app)
    const bodies: string[] = []
    for (const accepted of ['br', 'identity', 'br', 'identity']) {
      bodies.push((await getRaw(url, '/', [`Accept-Encoding: ${accepted}`])).body.toString())
    }
    await close()
    expect(bodies).toEqual(['encoded', 'plain', 'encoded', 'plain'])
  })
})

function dechunk(response: RawResponse): Buffer {
  if (field(response, 'transfer-encoding') !== 'chunked') return response.body
  const parts: Buffer[] = []
  let offset = 0
  for (;;) {
    const end = response.body.indexOf('\r\n', offset)
    const size = Number.parseInt(response.body.subarray(offset, end).toString(), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(response.body.subarray(end + 2, end + 2 + size))
    offset = end + 2 + size + 2
  }
}

describe('helmet and cors between the two', () => {
  it('set their headers on hits as on misses, for the request that is there', async () => {
    const app = express()
    app.use(
      updateCache({ cache: freshCache() }),
      helmet(),
      cors({ origin: /\.example$/, credentials: true }),
      fetchFromCache(),
    )
    app.get('/', (_req, res) => {
      res.send('x')
    })
    const first = await request(app).get('/').set('Origin', 'https://a.example')
    const second = await request(app).get('/').set('Origin', 'https://a.example')
    const other = await request(app).get('/').set('Origin', 'https://b.example')
    expect(second.headers['cache-status']).toMatch(/hit/)
    expect(second.headers['content-security-policy']).toBe(first.headers['content-security-policy'])
    expect(second.headers['access-control-allow-origin']).toBe('https://a.example')
    expect(other.headers['access-control-allow-origin']).toBe('https://b.example')
    expect(second.headers.vary).toBe('Origin')
    expect(second.headers['x-powered-by']).toBeUndefined()
  })
})

describe('response-time', () => {
  it('above the cache tells the time of each request', async () => {
    const times: number[] = []
    const app = express().use(
      responseTime((_req, res, time) => {
        times.push(time)
        ;(res as express.Response).setHeader('X-Turn', String(times.length))
      }),
    )
    app.use(siteCache({ cache: freshCache() })).get('/', (_req, res) => {
      res.send('x')
    })
    await request(app).get('/')
    const hit = await request(app).get('/')
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.headers['x-turn']).toBe('2')
  })
})

describe('serve-static', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sitecache-static-'))
    await writeFile(join(directory, 'a.txt'), '0123456789'.repeat(1000))
  })
  afterAll(() => rm(directory, { recursive: true }))

  it('is cached whole, and answers conditions and ranges from the cache', async () => {
    const app = express().use(siteCache({ cache: freshCache() }), serveStatic(directory, { maxAge: 60_000 }))
    const part = await request(app).get('/a.txt').set('Range', 'bytes=0-9')
    expect(part.status).toBe(206)
    const first = await request(app).get('/a.txt')
    expect(first.headers['cache-status']).toBe('sitecache; fwd=uri-miss; stored')
    const range = await request(app).get('/a.txt').set('Range', 'bytes=5-14')
    expect([range.status, range.text, range.headers['content-range']]).toEqual([
      206,
      '5678901234',
      'bytes 5-14/10000',
    ])
    expect(range.headers['cache-status']).toMatch(/hit/)
    const conditional = await request(app).get('/a.txt').set('If-None-Match', String(first.headers.etag))
    expect([conditional.status, conditional.text]).toEqual([304, ''])
    const dated = await request(app)
      .get('/a.txt')
      .set('If-Modified-Since', String(first.headers['last-modified']))
    expect(dated.status).toBe(304)
    const beyond = await request(app).get('/a.txt').set('Range', 'bytes=20000-')
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, 'bytes */10000'])
  })
})

describe('method-override', () => {
  it('does not make a POST find or leave a page', async () => {
    let renders = 0
    const app = express().use(
      methodOverride('X-HTTP-Method-Override', { methods: ['POST'] }),
      siteCache({ cache: freshCache() }),
    )
    app.use((_req, res) => {
      renders += 1
      res.send('x')
    })
    for (let i = 0; i < 2; i += 1) await request(app).post('/').set('X-HTTP-Method-Override', 'GET')
    await request(app).get('/')
    expect(renders).toBe(3)
  })
})
