import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { getRaw } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import { type Handler, site } from '@sitecache/test-support/site'
import express, { type Request } from 'express'

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
