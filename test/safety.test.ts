import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  cacheControl,
  cachePage,
  fetchFromCache,
  neverCache,
  siteCache,
  updateCache,
} from '@sitecache/express'
import express, { type Express, type Request, type Response } from 'express'
import { listen } from './support/applications.js'
import { freshCache } from './support/cache.js'
import { exchangeRaw, getRaw } from './support/raw.js'
import request from './support/request.js'

type Handler = (req: Request, res: Response) => unknown
type Options = Parameters<typeof siteCache>[0]

/** An application whose only page is counted. */
function site(handler: Handler, options: Options = {}): { app: Express; renders: () => number } {
  const app = express()
  let renders = 0
  app.use(siteCache({ cache: freshCache(), ...options }))
  app.use((req, res) => {
    renders += 1
    return handler(req, res)
  })
  return { app, renders: () => renders }
}

const silent = { error: console.error }
afterEach(() => {
  console.error = silent.error
})

describe('a response is not stored', () => {
  const cases: Record<string, { handler: Handler; reason: string }> = {
    'with Cache-Control: no-store': {
      handler: (_q, s) => s.set('Cache-Control', 'No-Store').send('x'),
      reason: 'no-store',
    },
    'with Cache-Control: private': {
      handler: (_q, s) => s.set('Cache-Control', 'max-age=60, PRIVATE').send('x'),
      reason: 'private',
    },
    'with Cache-Control: no-cache': {
      handler: (_q, s) => s.set('Cache-Control', 'no-cache').end('x'),
      reason: 'no-cache',
    },
    'with max-age=0': {
      handler: (_q, s) => s.set('Cache-Control', 'max-age=0').send('x'),
      reason: 'not-fresh',
    },
    'with Vary: *': { handler: (_q, s) => s.set('Vary', '*').send('x'), reason: 'vary-star' },
    'with a * among the names of Vary': {
      handler: (_q, s) => s.set('Vary', 'Accept, *').send('x'),
      reason: 'vary-star',
    },
    'with Set-Cookie': { handler: (_q, s) => s.cookie('sid', 'secret').send('x'), reason: 'set-cookie' },
    'with status 404': { handler: (_q, s) => s.status(404).send('x'), reason: 'status' },
    'with status 500': { handler: (_q, s) => s.status(500).send('x'), reason: 'status' },
    'with status 206': {
      handler: (_q, s) => s.status(206).set('Content-Range', 'bytes 0-0/9').send('x'),
      reason: 'status',
    },
    'that says Content-Range': {
      handler: (_q, s) => s.set('Content-Range', 'bytes 0-0/9').send('x'),
      reason: 'content-range',
    },
    'after req.cache.skip()': {
      handler: (q, s) => {
        ;(q as Request & { cache: { skip(): void } }).cache.skip()
        s.send('x')
      },
      reason: 'skip',
    },
    'that announces more than maxBodyBytes': {
      handler: (_q, s) => s.send('x'.repeat(5 * 2 ** 20 + 1)),
      reason: 'too-large',
    },
  }

  it.each(Object.entries(cases))('%s', async (_name, { handler, reason }) => {
    const { app, renders } = site(handler)
    const first = await request(app).get('/')
    await request(app).get('/')
    expect(renders()).toBe(2)
    expect(first.headers['cache-status']).toBe(`sitecache; fwd=uri-miss; detail=${reason}`)
  })

  it('when a stream grows beyond maxBodyBytes, and is passed on whole', async () => {
    const { app, renders } = site((_q, s) => Readable.from([Buffer.alloc(60), Buffer.alloc(60)]).pipe(s), {
      maxBodyBytes: 100,
    })
    const first = await request(app).get('/').buffer(true).parse(collect)
    expect(first.body.length).toBe(120)
    await request(app).get('/')
    expect(renders()).toBe(2)
  })

  it('when storeIf says no', async () => {
    const { app, renders } = site((_q, s) => s.send('x'), { storeIf: (_req, res) => res.statusCode !== 200 })
    await request(app).get('/')
    await request(app).get('/')
    expect(renders()).toBe(2)
  })

  it('when storeIf throws, and the visitor gets the page', async () => {
    const { app, renders } = site((_q, s) => s.send('x'), {
      storeIf: () => {
        throw new Error('fault')
      },
    })
    expect((await request(app).get('/')).text).toBe('x')
    await request(app).get('/')
    expect(renders()).toBe(2)
  })

  it('to a HEAD, which says the same as its GET', async () => {
    const { app, renders } = site((_q, s) => s.send('x'))
    const head = await request(app).head('/')
    const get = await request(app).get('/')
    expect(renders()).toBe(2)
    expect(get.text).toBe('x')
    expect(head.headers['cache-control']).toBe(get.headers['cache-control'])
  })

  it('when the handler fails half-way', async () => {
    console.error = () => undefined
    let fail = true
    const { app, renders } = site((_q, s) => {
      s.write('half of ')
      if (fail) throw new Error('database gone')
      s.end('a page')
    })
    await expect(request(app).get('/')).rejects.toThrow()
    fail = false
    expect((await request(app).get('/')).text).toBe('half of a page')
    expect(renders()).toBe(2)
  })

  it('when a stream breaks half-way', async () => {
    console.error = () => undefined
    let broken = true
    const { app } = site((_q, s) => {
      const source = Readable.from(broken ? breaking() : ['whole'])
      source.on('error', () => s.destroy())
      source.pipe(s)
    })
    await expect(request(app).get('/')).rejects.toThrow()
    broken = false
    expect((await request(app).get('/').buffer(true).parse(collect)).body).toBe('whole')
  })

  it('shorter than its Content-Length', async () => {
    const { app, renders } = site((_q, s) => {
      s.set('Content-Length', '10')
      s.write('short')
      s.end()
      setImmediate(() => s.socket?.destroy())
    })
    await expect(request(app).get('/')).rejects.toThrow()
    await expect(request(app).get('/')).rejects.toThrow()
    expect(renders()).toBe(2)
  })

  it('with trailers', async () => {
    const { app, renders } = site((_q, s) => {
      s.set('Trailer', 'X-Sum')
      s.write('x')
      s.addTrailers({ 'X-Sum': '1' })
      s.end()
    })
    await request(app).get('/')
    await request(app).get('/')
    expect(renders()).toBe(2)
  })
})

function* breaking(): Generator<string> {
  yield 'half'
  throw new Error('disk gone')
}

function collect(res: unknown, done: (error: Error | null, body: string) => void): void {
  let text = ''
  const stream = res as Readable
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  stream.on('end', () => done(null, text))
}

describe('req.cache.skip()', () => {
  type WithCache = Request & { cache: { skip(): void } }
  const skipping = (req: Request): void => (req as WithCache).cache.skip()

  it('works in a middleware between the two, from the first request', async () => {
    let renders = 0
    const app = express()
    app.use(updateCache({ cache: freshCache() }))
    app.use((req, _res, next) => {
      skipping(req)
      next()
    })
    app.use(fetchFromCache()).get('/', (_req, res) => {
      renders += 1
      res.send('x')
    })
    for (let i = 0; i < 2; i += 1) await request(app).get('/')
    expect(renders).toBe(2)
  })

  it('works in a mounted application, and on a POST', async () => {
    const mounted = express()
    let renders = 0
    mounted.all('/page', (req, res) => {
      skipping(req)
      renders += 1
      res.send('x')
    })
    const app = express()
      .use(siteCache({ cache: freshCache() }))
      .use('/mounted', mounted)
    expect((await request(app).post('/mounted/page')).status).toBe(200)
    for (let i = 0; i < 2; i += 1) await request(app).get('/mounted/page')
    expect(renders).toBe(3)
  })
})

describe('a mounted application', () => {
  it('is cached by the site’s cache and by its own', async () => {
    let renders = 0
    const mounted = express().use(siteCache({ cache: freshCache() }))
    mounted.get('/page', (_req, res) => {
      renders += 1
      res.send('x')
    })
    let skip = false
    const app = express()
      .use(siteCache({ cache: freshCache(), skip: () => skip }))
      .use('/mounted', mounted)
    const statuses: string[] = []
    for (let i = 0; i < 3; i += 1) {
      skip = i === 2
      statuses.push(String((await request(app).get('/mounted/page')).headers['cache-status']))
    }
    expect(statuses).toEqual([
      'sitecache; fwd=uri-miss; stored, sitecache; fwd=uri-miss; stored',
      'sitecache; hit; ttl=600',
      'sitecache; fwd=bypass; detail=skip, sitecache; hit; ttl=600',
    ])
    expect(renders).toBe(1)
  })
})

describe('a visitor who hangs up', () => {
  it('leaves nothing half-rendered behind', async () => {
    const app = express()
    let gone: (() => void) | undefined
    const hungUp = new Promise<void>((resolve) => {
      gone = resolve
    })
    let renders = 0
    app.use(siteCache({ cache: freshCache() })).get('/', async (req, res) => {
      renders += 1
      res.write('first half, ')
      if (renders === 1) {
        await new Promise((resolve) => req.socket.once('close', resolve))
        gone?.()
      }
      res.end('second half')
    })
    const { url, close } = await listen(app)
    const controller = new AbortController()
    const response = await fetch(`${url}/`, { signal: controller.signal })
    controller.abort()
    await response.text().catch(() => undefined)
    await hungUp
    const whole = await getRaw(url, '/')
    await close()
    expect(renders).toBe(2)
    expect(whole.headers.find(([name]) => name === 'Cache-Status')?.[1]).toMatch(/uri-miss/)
  })
})

describe('a request with Authorization (RFC 9111 §3.5)', () => {
  it.each(['', 'max-age=60'])('is not stored under Cache-Control: %s', async (value) => {
    const { app, renders } = site((_q, s) => s.set('Cache-Control', value).send('x'))
    await request(app).get('/').set('Authorization', 'Bearer a')
    await request(app).get('/').set('Authorization', 'Bearer b')
    expect(renders()).toBe(2)
  })

  it.each(['public, max-age=60', 's-maxage=60', 'must-revalidate, max-age=60'])(
    'is stored under %s',
    async (value) => {
      const { app, renders } = site((_q, s) => s.set('Cache-Control', value).send('x'))
      await request(app).get('/').set('Authorization', 'Bearer a')
      await request(app).get('/').set('Authorization', 'Bearer b')
      expect(renders()).toBe(1)
    },
  )
})

describe('Set-Cookie', () => {
  it("is taken away from what is stored by setCookie: 'strip'", async () => {
    const { app } = site((_q, s) => s.cookie('sid', 'secret').send('x'), { setCookie: 'strip' })
    const first = await request(app).get('/')
    const hit = await request(app).get('/')
    expect(first.headers['set-cookie']).toHaveLength(1)
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.headers['set-cookie']).toBeUndefined()
  })

  it("is stored by setCookie: 'store', each line", async () => {
    const { app } = site((_q, s) => s.cookie('a', '1').cookie('b', '2').send('x'), { setCookie: 'store' })
    await request(app).get('/')
    expect((await request(app).get('/')).headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2; Path=/'])
  })
})

describe('the head on the wire decides', () => {
  const outside = { 'cacheControl({ private: true })': cacheControl({ private: true }), neverCache }

  it.each(Object.entries(outside))('%s in the chain above cachePage', async (_name, wrapper) => {
    let renders = 0
    const app = express().get('/', wrapper, cachePage('15m', { cache: freshCache() }), (_req, res) => {
      renders += 1
      res.send('x')
    })
    await request(app).get('/')
    await request(app).get('/')
    expect(renders).toBe(2)
  })

  it.each(Object.entries(outside))('%s around cachePage', async (_name, wrapper) => {
    let renders = 0
    const handler = cachePage('15m', { cache: freshCache() })((_req, res) => {
      renders += 1
      res.end('x')
    })
    const app = express().get('/', wrapper(handler))
    await request(app).get('/')
    await request(app).get('/')
    expect(renders).toBe(2)
  })

  it.each(Object.entries(outside))('%s inside cachePage', async (_name, wrapper) => {
    let renders = 0
    const handler = wrapper((_req, res) => {
      renders += 1
      res.end('x')
    })
    const app = express().get('/', cachePage('15m', { cache: freshCache() })(handler))
    await request(app).get('/')
    await request(app).get('/')
    expect(renders).toBe(2)
  })

  it('each variant lives as long as its own head says', async () => {
    const cache = freshCache()
    const app = express()
      .use(siteCache({ cache }))
      .get('/', (req, res) => {
        res
          .vary('Accept-Language')
          .set('Cache-Control', `max-age=${req.get('accept-language') === 'de' ? 30 : 90}`)
          .send('x')
      })
    for (const language of ['de', 'fr']) await request(app).get('/').set('Accept-Language', language)
    const hits = await Promise.all(
      ['de', 'fr'].map((language) => request(app).get('/').set('Accept-Language', language)),
    )
    expect(hits.map((hit) => hit.headers['cache-status'])).toEqual([
      'sitecache; hit; ttl=30',
      'sitecache; hit; ttl=90',
    ])
  })
})

describe('headers of earlier middlewares', () => {
  it('are set afresh on every request, and not replayed', async () => {
    const app = express()
    let id = 0
    app.use((req, res, next) => {
      id += 1
      res.set('X-Request-Id', String(id)).set('Access-Control-Allow-Origin', req.get('origin') ?? 'none')
      next()
    })
    app.use(updateCache({ cache: freshCache() }))
    app.use((_req, res, next) => {
      res.set('RateLimit', `r=${100 - id}`)
      next()
    })
    app.use(fetchFromCache())
    app.get('/', (_req, res) => res.set('X-Page', 'yes').send('x'))
    await request(app).get('/').set('Origin', 'https://a.example')
    const hit = await request(app).get('/').set('Origin', 'https://b.example')
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.headers).toMatchObject({
      'x-page': 'yes',
      'x-request-id': '2',
      'access-control-allow-origin': 'https://b.example',
      ratelimit: 'r=98',
    })
  })

  it('that the route took away stay away on a hit', async () => {
    const app = express()
    app
      .use(siteCache({ cache: freshCache() }))
      .get('/', (_req, res) => (res.removeHeader('X-Powered-By') as never) ?? res.send('x'))
    const [miss, hit] = [await request(app).get('/'), await request(app).get('/')]
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect([miss.headers['x-powered-by'], hit.headers['x-powered-by']]).toEqual([undefined, undefined])
  })

  it("are stored by headers: 'all'", async () => {
    const app = express()
    let id = 0
    app.use((_req, res, next) => {
      id += 1
      res.set('X-Request-Id', String(id))
      next()
    })
    app.use(siteCache({ cache: freshCache(), headers: 'all' })).get('/', (_req, res) => res.send('x'))
    await request(app).get('/')
    expect((await request(app).get('/')).headers['x-request-id']).toBe('1')
  })
})

describe('hop-by-hop headers', () => {
  it('and those named in Connection are not stored (RFC 9111 §3.1)', async () => {
    const { app } = site((_q, s) =>
      s
        .set({
          Connection: 'close, X-Hop',
          'X-Hop': '1',
          'Keep-Alive': 'timeout=9',
          'Proxy-Authenticate': 'Basic',
          'X-End': '2',
        })
        .send('x'),
    )
    await request(app).get('/')
    const hit = await request(app).get('/')
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expect(hit.headers['x-end']).toBe('2')
    expect(hit.headers['x-hop']).toBeUndefined()
    expect(hit.headers['proxy-authenticate']).toBeUndefined()
    expect(hit.headers['keep-alive']).not.toBe('timeout=9')
  })
})

describe('a request that must not be looked up', () => {
  it('a GET with a body', async () => {
    const { app, renders } = site((_q, s) => s.send('x'))
    await request(app).get('/')
    const second = await request(app).get('/').send('body')
    expect(renders()).toBe(2)
    expect(second.headers['cache-status']).toBe('sitecache; fwd=bypass; detail=request')
  })

  it('one that skip() names', async () => {
    const { app, renders } = site((_q, s) => s.send('x'), { skip: (req) => req.url === '/private' })
    await request(app).get('/private')
    await request(app).get('/private')
    expect(renders()).toBe(2)
  })

  it('one on which an option of the application throws, which is answered all the same', async () => {
    const { app, renders } = site((_q, s) => s.send('x'), {
      keyParts: () => {
        throw new Error('fault')
      },
    })
    expect((await request(app).get('/')).text).toBe('x')
    await request(app).get('/')
    expect(renders()).toBe(2)
  })
})

describe('bytes on the wire', () => {
  it('keep the order, letter case and repetition of headers', async () => {
    const app = express().disable('x-powered-by')
    app.use(siteCache({ cache: freshCache() })).get('/', (_req, res) => {
      res.writeHead(200, ['X-b', '1', 'x-A', '2', 'Link', '<1>', 'Link', '<2>', 'Content-Type', 'text/plain'])
      res.end('x')
    })
    const { url, close } = await listen(app)
    const [miss, hit] = [await getRaw(url, '/'), await getRaw(url, '/')]
    await close()
    const own = ['Age', 'Cache-Status', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Date']
    const shown = (head: typeof hit) => head.headers.filter(([name]) => !own.includes(name))
    expect(hit.body.toString()).toBe('x')
    expect(shown(hit)).toEqual(shown(miss))
    expect(shown(hit).slice(0, 4)).toEqual([
      ['X-b', '1'],
      ['x-A', '2'],
      ['Link', '<1>'],
      ['Link', '<2>'],
    ])
  })

  it('carry one Date', async () => {
    const { app } = site((_q, s) => s.send('x'))
    const { url, close } = await listen(app)
    await getRaw(url, '/')
    const hit = await getRaw(url, '/')
    await close()
    expect(hit.headers.filter(([name]) => name === 'Date')).toHaveLength(1)
  })

  it('serve pipelined requests each their own page', async () => {
    const { app } = site((req, s) => s.send(`page ${req.url}`))
    const { url, close } = await listen(app)
    await getRaw(url, '/a')
    await getRaw(url, '/b')
    const text = await exchangeRaw(
      url,
      'GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    await close()
    expect(text.toString().match(/page \/[ab]/g)).toEqual(['page /a', 'page /b'])
  })
})
