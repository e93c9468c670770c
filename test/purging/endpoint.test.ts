import { describe, expect, it } from '@jest/globals'
import { addCacheTags, createCaches, invalidates, purge, siteCache, type Wrapper } from '@sitecache/express'
import { frameworks, type Handle, listen, type Use } from '@sitecache/test-support/applications'
import { freshCache } from '@sitecache/test-support/cache'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import request from '@sitecache/test-support/request'
import connect from 'connect'
import express from 'express'

describe('the endpoint of purge()', () => {
  function purged() {
    const cache = freshCache()
    const app = express()
    app.use('/purge', purge({ authorize: ({ headers }) => headers['x-token'] === 'secret', cache }))
    app.use(siteCache({ cache }))
    app.get('/articles', (_req, res) => {
      addCacheTags(res, 'articles')
      res.send('page')
    })
    const hit = async (path: string): Promise<boolean> =>
      /hit/.test(String((await request(app).get(path)).headers['cache-status']))
    return { app, hit }
  }

  const post = (it: ReturnType<typeof purged>, body: string, headers: Record<string, string> = {}) =>
    request(it.app)
      .post('/purge')
      .set({ 'X-Token': 'secret', 'Content-Type': 'application/json', ...headers })
      .send(body)

  it.each([
    'x',
    '[]',
    'null',
    '{"tags":"a"}',
    '{"tags":[1]}',
    '{"tags":[""]}',
    '{"all":true}',
    '{"soft":1}',
    '{"urls":["articles"],"tags":["articles"]}',
    '{"urls":["ftp://site.example/"]}',
  ])('refuses %s, and purges nothing', async (body) => {
    const it = purged()
    await it.hit('/articles')
    expect((await post(it, body)).status).toBe(400)
    expect(await it.hit('/articles')).toBe(true)
  })

  const all = '{"tags":["articles"]}'

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/json',
  ])('refuses %s, which forms of other sites can send', async (type) => {
    const it = purged()
    await it.hit('/articles')
    expect((await post(it, all, { 'Content-Type': type })).status).toBe(415)
    expect(await it.hit('/articles')).toBe(true)
  })

  it.each<[boolean, Record<string, string>]>([
    [true, {}],
    [true, { 'Content-Type': 'application/json; charset=utf-8' }],
    [true, { 'Sec-Fetch-Site': 'same-origin' }],
    [true, { 'Sec-Fetch-Site': 'none' }],
    [true, { Host: 'site.example', Origin: 'http://site.example' }],
    [true, { Host: 'site.example', Origin: 'https://site.example' }],
    [false, { 'Sec-Fetch-Site': 'cross-site' }],
    [false, { 'Sec-Fetch-Site': 'same-site' }],
    [false, { Host: 'site.example', Origin: 'http://evil.example' }],
    [false, { Host: 'site.example', Origin: 'null' }],
  ])('is %p open to %p', async (open, headers) => {
    const it = purged()
    await it.hit('/articles')
    expect((await post(it, all, headers)).status).toBe(open ? 200 : 403)
    expect(await it.hit('/articles')).toBe(!open)
  })

  it.each(frameworks)('is an endpoint on $name', async (framework) => {
    const cache = freshCache()
    const endpoint = purge({ authorize: () => true, cache })
    const { url, close } = await listen(
      framework.build([siteCache({ cache, methods: ['GET'] }) as Use], (req, res) =>
        req.method === 'POST' ? (endpoint as unknown as Handle)(req, res) : res.end('page'),
      ),
    )
    const ask = async () => (await fetch(`${url}/page`)).headers.get('cache-status')
    await ask()
    expect(await ask()).toMatch(/hit/)
    const body = JSON.stringify({ urls: ['/page'] })
    const headers = { 'Content-Type': 'application/json' }
    const told = await fetch(`${url}/page`, { method: 'POST', body, headers })
    expect([told.status, await told.json()]).toEqual([200, { urls: 1, tags: 0, routes: 0 }])
    expect(await ask()).not.toMatch(/hit/)
    await close()
  })

  it.each([
    ['a route', (app: express.Express, each: Wrapper) => app.post('/purge', each)],
    ['a mount of Connect', (_: express.Express, each: Wrapper) => connect().use('/purge', each)],
  ])('is an endpoint at %s', async (_, build) => {
    const cache = freshCache()
    const app = build(express(), purge({ authorize: () => true, cache }))
    const answer = await request(app as express.Express)
      .post('/purge')
      .send({ tags: ['a'] })
    expect([answer.status, answer.body]).toEqual([200, { urls: 0, tags: 1, routes: 0 }])
  })

  it('leaves a POST to the root of an application alone', async () => {
    for (const app of [express(), connect() as unknown as express.Express]) {
      app.use(purge({ authorize: () => true, cache: freshCache() }) as never)
      app.use(((_req: unknown, res: { end(text: string): void }) => res.end('application')) as never)
      expect(
        (
          await request(app)
            .post('/')
            .send({ tags: ['a'] })
        ).text,
      ).toBe('application')
    }
  })

  it('tells of a store that refuses', async () => {
    const store = new FaultyStore()
    const cache = createCaches({ default: { store } }).get('default')
    const app = express().use('/purge', purge({ authorize: () => true, cache }))
    app.use(purge({ authorize: () => true, cache }))
    store.failure = new Error('refused')
    for (const body of [{ urls: ['http://site.example/'] }, { tags: ['a'] }, { routes: ['/'] }])
      expect((await request(app).post('/purge').send(body)).status).toBe(502)
    const { url, close } = await listen(app)
    expect((await fetch(`${url}/a`, { method: 'PURGE' })).status).toBe(502)
    await close()
  })

  it('refuses options that are unknown or wrong', () => {
    const authorize = () => true
    expect(() => purge({ authorize, cach: 'x' } as never)).toThrow(/purge\.cach is not an option.*cache/)
    expect(() => purge({ authorize, soft: 'yes' } as never)).toThrow(/purge\.soft must be true or false/)
    expect(() => invalidates('a', { sof: true } as never)).toThrow(/invalidates\.sof is not an option.*soft/)
  })
})
