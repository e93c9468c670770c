import { describe, expect, it } from '@jest/globals'
import { siteCache, type WarmProgress, warm } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import { serve } from '@sitecache/test-support/serve'
import compression from 'compression'
import express from 'express'

function site() {
  const app = express().use(siteCache({ cache: freshCache() }))
  const state = { renders: 0, atOnce: 0, most: 0 }
  app.get('/private', (_req, res) => res.set('Cache-Control', 'private').send('x'))
  app.get('/broken', (_req, res) => res.status(500).send('x'))
  app.get('/:name', async (req, res) => {
    state.renders += 1
    state.atOnce += 1
    state.most = Math.max(state.most, state.atOnce)
    await new Promise((resolve) => setTimeout(resolve, 10))
    state.atOnce -= 1
    res
      .vary('Accept-Language')
      .send(`${req.protocol}://${req.get('host')}/${req.params.name} ${req.get('accept-language')}`)
  })
  return { app, state }
}

describe('warm()', () => {
  it('stores the pages of an application without a network', async () => {
    const { app, state } = site()
    const urls = ['a', 'b', 'c', 'private', 'broken', 'a'].map((name) => `http://site.example/${name}`)
    const told: WarmProgress[] = []
    const headers = { 'accept-language': 'de' }
    const result = await warm(urls, {
      app,
      headers,
      concurrency: 2,
      onProgress: (progress) => told.push(progress),
    })
    expect(result).toEqual({ total: 5, hit: 0, stored: 3, 'not-stored': 1, failed: 1 })
    expect(told.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5])
    const of = (name: string) => told.find(({ url }) => url.endsWith(name))
    expect(of('/broken')).toMatchObject({ status: 500, outcome: 'failed', reason: 'status 500', total: 5 })
    expect(of('/private')).toMatchObject({ status: 200, outcome: 'not-stored', reason: 'private' })
    expect(of('/a')).toMatchObject({ status: 200, outcome: 'stored', reason: undefined })
    expect(state.most).toBe(2)
    const hit = await request(app).get('/a').set('Accept-Language', 'de')
    expect([hit.text, state.renders]).toEqual(['http://site.example/a de', 3])
    expect(await warm(urls, { app, headers })).toMatchObject({ hit: 3, stored: 0 })
  })

  it('asks servers over the network', async () => {
    const { app, state } = site()
    const { url, close } = await listen(app)
    expect(await warm([`${url}/a`, `${url}/b`])).toMatchObject({ stored: 2 })
    expect(await warm([`${url}/a`, `${url}/b`])).toMatchObject({ hit: 2 })
    await close()
    expect(state.renders).toBe(2)
    const told: WarmProgress[] = []
    expect(await warm([`${url}/a`], { onProgress: (each) => told.push(each) })).toMatchObject({ failed: 1 })
    expect(told).toEqual([
      { url: `${url}/a`, status: undefined, outcome: 'failed', reason: 'ECONNREFUSED', done: 1, total: 1 },
    ])
  })

  it('asks as browsers do, with no header of its own that a page may vary by', async () => {
    const seen: (readonly string[])[] = []
    const app = express().use((req, res) => {
      seen.push(req.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()))
      res.send(req.get('accept-encoding'))
    })
    const url = await serve(app)
    await warm([`${url}/`])
    await warm([`${url}/`], { app })
    for (const names of seen) expect(names.toSorted()).toEqual(['accept-encoding', 'connection', 'host'])
    expect(seen).toHaveLength(2)
  })

  it('stores what browsers will ask for when the site compresses', async () => {
    const app = express().use(siteCache({ cache: freshCache() }), compression({ threshold: 0 }))
    app.get('/', (_req, res) => void res.send('page '.repeat(100)))
    expect(await warm(['http://site.example/'], { app })).toMatchObject({ stored: 1 })
    const browser = request(app).get('/').set('Host', 'site.example')
    const { headers } = await browser.set('Accept-Encoding', 'gzip, deflate, br, zstd')
    expect(headers['cache-status']).toMatch(/hit/)
    expect(headers['content-encoding']).toBe('br')
  })

  it('has its headers in the place of its own, however they are spelt', async () => {
    const { app } = site()
    const headers = { HOST: 'other.example', 'Accept-Language': 'de' }
    expect(await warm([`${await serve(app)}/a`], { headers })).toMatchObject({ stored: 1 })
    const { text, headers: answered } = await request(app).get('/a').set(headers)
    expect(answered['cache-status']).toMatch(/hit/)
    expect(text).toBe('http://other.example/a de')
  })

  it('counts by what the response is', async () => {
    const app = express().use(siteCache({ cache: freshCache(), statuses: [200, 410] }))
    app.get('/gone', (_req, res) => void res.status(410).send('x'))
    app.get('/moved', (_req, res) => res.redirect(301, '/gone'))
    app.get('/cookie', (_req, res) => void res.cookie('a', 'b').send('x'))
    const plain = express().get('/uncached', (_req, res) => void res.send('x'))
    const reasons: Record<string, unknown> = {}
    const onProgress = ({ url, outcome, reason }: WarmProgress) => {
      reasons[new URL(url).pathname] = [outcome, reason]
    }
    const urls = ['gone', 'moved', 'cookie', 'none'].map((name) => `http://site.example/${name}`)
    await warm(urls, { app, onProgress })
    await warm(['http://site.example/uncached'], { app: plain, onProgress })
    expect(reasons).toEqual({
      '/gone': ['stored', undefined],
      '/moved': ['not-stored', 'status 301'],
      '/cookie': ['not-stored', 'set-cookie'],
      '/none': ['failed', 'status 404'],
      '/uncached': ['not-stored', 'no Cache-Status'],
    })
  })

  it('counts a page that another visitor is just having rendered as there', async () => {
    let render: (value?: unknown) => void = () => {}
    const rendered = new Promise((resolve) => {
      render = resolve
    })
    const app = express().use(siteCache({ cache: freshCache() }))
    app.get('/', async (_req, res) => {
      await rendered
      res.send('x')
    })
    const url = `${await serve(app)}/`
    const visitors = [warm([url]), warm([url])]
    setImmediate(render)
    const results = await Promise.all(visitors)
    expect(results.map(({ stored, hit }) => stored + hit)).toEqual([1, 1])
    expect(results.map(({ hit }) => hit).toSorted()).toEqual([0, 1])
  })

  it('asks for what several URLs name alike once', async () => {
    const { app, state } = site()
    const urls = ['http://site.example/a#top', 'http://SITE.example:80/a', 'http://site.example/b/../a']
    expect(await warm(urls, { app })).toMatchObject({ total: 1, stored: 1 })
    expect(state.renders).toBe(1)
    expect(await warm(['http://site.example/ä'], { app })).toMatchObject({ stored: 1 })
  })

  it('sends a request again when the server closed the connection that it kept', async () => {
    const used = new WeakSet<object>()
    const url = await serve((req, res) => {
      if (used.has(req.socket)) req.socket.resetAndDestroy()
      else res.end('x')
      used.add(req.socket)
    })
    const urls = ['a', 'b', 'c'].map((name) => `${url}/${name}`)
    expect(await warm(urls, { concurrency: 1 })).toMatchObject({ failed: 0, 'not-stored': 3 })
  })

  it.each(['in the process', 'over the network'])('waits no longer than its timeout, %s', async (where) => {
    const left: string[] = []
    const app = express().use((req, res) => {
      res.on('close', () => left.push(req.path))
      // The second has begun its body, and doesn't end it.
      if (req.path === '/b') res.write('x')
    })
    const url = await serve(app)
    const reasons: unknown[] = []
    const onProgress = ({ reason }: WarmProgress) => reasons.push(reason)
    const over = where === 'in the process' ? { app } : {}
    await warm([`${url}/a`, `${url}/b`], { timeout: 0.05, onProgress, ...over })
    expect(reasons).toEqual(['timeout', 'timeout'])
    while (left.length < 2) await new Promise(setImmediate)
    expect(left.toSorted()).toEqual(['/a', '/b'])
  })

  it('stores a page under the scheme of its URL', async () => {
    const { app } = site()
    await warm(['https://site.example/a'], { app })
    expect((await request(app).get('/a')).headers['cache-status']).not.toMatch(/hit/)
    expect(await warm(['https://site.example/a'], { app })).toMatchObject({ hit: 1 })
  })

  it('reads a long page whose body decides whether it is stored', async () => {
    const app = express()
    app.use((_req, res, next) => {
      res.set('Content-Security-Policy', "script-src 'nonce-abc'")
      next()
    })
    app.use(siteCache({ cache: freshCache() }))
    app.get('/', (_req, res) => {
      res.write('x'.repeat(100_000))
      setTimeout(() => res.end('x'.repeat(100_000)), 20)
    })
    await warm(['http://site.example/'], { app })
    expect((await request(app).get('/').set('Host', 'site.example')).headers['cache-status']).toMatch(/hit/)
  })

  it('ends early when it is told to', async () => {
    const { app, state } = site()
    const controller = new AbortController()
    const urls = Array.from({ length: 50 }, (_, i) => `http://site.example/${i}`)
    const onProgress = (): void => controller.abort()
    await warm(urls, { app, concurrency: 1, signal: controller.signal, onProgress })
    expect(state.renders).toBe(1)
  })

  it.each(['in the process', 'over the network'])('breaks off what is under way, %s', async (where) => {
    const controller = new AbortController()
    let [asked, left] = [0, 0]
    const app = express().use((_req, res) => {
      res.on('close', () => {
        left += 1
      })
      asked += 1
      if (asked === 2) controller.abort()
    })
    const urls = Array.from({ length: 5 }, (_, i) => `/${i}`)
    const url = await serve(app)
    const onProgress = () => expect('told').toBe('untold')
    const over = where === 'in the process' ? { app } : {}
    const options = { concurrency: 2, signal: controller.signal, onProgress, ...over }
    const result = await warm(
      urls.map((path) => url + path),
      options,
    )
    expect(result).toEqual({ total: 5, hit: 0, stored: 0, 'not-stored': 0, failed: 0 })
    while (left < 2) await new Promise(setImmediate)
    expect(asked).toBe(2)
    expect(await warm([url], options)).toMatchObject({ total: 1, failed: 0 })
  })

  it('ends when onProgress throws, and passes it on', async () => {
    const { app, state } = site()
    const urls = Array.from({ length: 50 }, (_, i) => `http://site.example/${i}`)
    const onProgress = () => {
      throw new Error('mine')
    }
    await expect(warm(urls, { app, concurrency: 2, onProgress })).rejects.toThrow('mine')
    const begun = state.renders
    expect(begun).toBeLessThan(4)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(state.renders).toBe(begun)
  })

  it('starts no more at a time than there are pages', async () => {
    const { app } = site()
    expect(await warm(['http://site.example/a'], { app, concurrency: 2 ** 40 })).toMatchObject({ stored: 1 })
  })

  it.each([
    [['http://ann:secret@site.example/'], {}],
    [[], { headers: { authorization: 'secret\n' } }],
    [[], { headers: { authorization: ['secret'] } }],
    [[], { headers: 'secret' }],
  ])('tells no credentials when it refuses them: %#', async (urls, options) => {
    const error = await warm(urls, options as object).catch(({ message }) => message)
    expect(error).toMatch(/headers|no user and password/)
    expect(error).not.toMatch(/secret/)
  })

  it.each([
    [['/a'], {}, /absolute URLs/],
    [['ftp://site.example/a'], {}, /absolute URLs/],
    [[], { headers: { 'a b': 'x' } }, /that of the name 'a b' is none/],
    [[], { timeout: 0 }, /timeout must be more than 0 seconds/],
    [[], { concurrency: 0 }, /concurrency must be a whole number/],
    [[], { headers: { a: 1 } }, /headers must be an object/],
    [[], { threads: 4 }, /threads is not an option/],
  ])('refuses %p with %p', async (urls, options, message) => {
    await expect(warm(urls, options as object)).rejects.toThrow(message)
  })
})
