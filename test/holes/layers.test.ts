import type { RequestListener } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { createCaches, memoryStore } from '@sitecache/core'
import {
  cachePage,
  conditionalGet,
  fetchFromCache,
  type PageOptions,
  siteCache,
  updateCache,
  withSiteCache,
} from '@sitecache/express'
import { Page } from '@sitecache/http'
import { fragment } from '@sitecache/templates'
import { nunjucksFragments } from '@sitecache/templates/nunjucks'
import { frameworks } from '@sitecache/test-support/applications'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { bodyOf, getRaw, headerOf } from '@sitecache/test-support/raw'
import request from '@sitecache/test-support/request'
import { serve } from '@sitecache/test-support/serve'
import { site } from '@sitecache/test-support/site'
import compression from 'compression'
import express, { type Express, type Request, type RequestHandler, type Response } from 'express'
import nunjucks from 'nunjucks'
import { as, cart, greeting, page, runs, seenBy, visitorOf } from './visitors.js'

const send = (_req: unknown, res: Response): void => void res.send(page())

/** Asks as three visitors in turn, and once more; answers what Cache-Status said to each. */
async function visits(app: RequestListener, path = '/'): Promise<string[]> {
  const said: string[] = []
  for (const visitor of ['ada', 'bob', 'eve', 'ada']) {
    const { text, headers } = await as(app, visitor, path)
    expect(text).toBe(seenBy(visitor))
    expect(headers['cache-control']).toMatch(/private/)
    said.push(String(headers['cache-status']))
  }
  return said
}

describe('holes are filled', () => {
  it.each(frameworks)('on $name', async ({ build }) => {
    const app = build([siteCache({ cache: freshCache() })], (_req, res) => res.end(page()))
    expect((await visits(app, '/page')).slice(1).every((said) => /hit/.test(said))).toBe(true)
  })

  it('by withSiteCache, from what a request is before the application has seen it', async () => {
    const app = express()
      .use(compression({ threshold: 0 }))
      .get('/', send)
    const said = await visits(withSiteCache(app, { cache: freshCache() }))
    expect(said.slice(1).every((one) => /hit/.test(one))).toBe(true)
  })

  it('by cachePage around a handler, and by the site’s cache around that', async () => {
    const cache = freshCache()
    const app = express().use(siteCache({ cache, keyPrefix: 'site' }))
    app.get('/', cachePage(60, { cache, keyPrefix: 'page' })(send))
    const said = await visits(app)
    expect(said[0]).toBe('sitecache/page; fwd=uri-miss; stored, sitecache; fwd=uri-miss; stored')
    expect(said[1]).toMatch(/^sitecache; hit; ttl=\d+$/)
  })

  it('in a page that an inner cache answers and an outer one keeps', async () => {
    const outer = freshCache()
    const inner = freshCache()
    const app = express()
      .use(siteCache({ cache: outer }))
      .get('/', cachePage(60, { cache: inner }), send)
    await as(app, 'ada')
    await outer.clear()
    const [first, second] = await visits(app)
    expect(first).toMatch(/^sitecache\/page; hit; ttl=\d+, sitecache; fwd=uri-miss; stored$/)
    expect(second).toMatch(/^sitecache; hit; ttl=\d+$/)
  })

  it.each<[string, PageOptions, 'get' | 'post']>([
    ['that is skipped', { skip: () => true }, 'get'],
    [
      'for who is signed in, under anonymousOnly',
      { anonymousOnly: true, isAuthenticated: () => true },
      'get',
    ],
    ['that answers a POST', {}, 'post'],
    ['that is not kept', { storeIf: () => false }, 'get'],
  ])('in a page %s', async (_, options, method) => {
    const layers = [
      [siteCache({ cache: freshCache(), ...options })],
      [updateCache({ cache: freshCache(), ...options }), fetchFromCache()],
      [siteCache({ cache: freshCache(), skip: () => true }), siteCache({ cache: freshCache(), ...options })],
    ]
    for (const layer of layers) {
      const app = express().use(layer).all('/', send)
      for (const visitor of ['ada', 'bob']) {
        const { text, headers } = await request(app)[method]('/').set('Cookie', `v=${visitor}`)
        expect(text).toBe(seenBy(visitor))
        expect(headers['cache-status']).not.toMatch(/hit|stored/)
        expect(headers['cache-control']).toBe('private, no-cache')
      }
    }
  })

  it('for each of those who wait for one render', async () => {
    const { app, renders } = site(async (_req, res) => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      res.send(page())
    })
    const url = await serve(app)
    const visitors = Array.from({ length: 20 }, (_, i) => `visitor${i}`)
    const texts = await Promise.all(
      visitors.map(async (v) => (await fetch(url, { headers: { cookie: `v=${v}` } })).text()),
    )
    expect(texts).toEqual(visitors.map((v) => seenBy(v)))
    expect(renders()).toBe(1)
  })

  it('in a stale page, while nobody’s holes are filled behind it', async () => {
    const { app, renders } = site(send, { timeout: 10, staleWhileRevalidate: 60 })
    const url = await serve(app)
    const ask = async (visitor: string) => (await fetch(url, { headers: { cookie: `v=${visitor}` } })).text()
    await ask('ada')
    passSeconds(20)
    const before = runs.count
    expect(await ask('bob')).toBe(seenBy('bob'))
    while (renders() < 2) await new Promise((resolve) => setImmediate(resolve))
    expect(runs.count).toBe(before + 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await ask('eve')).toBe(seenBy('eve'))
    expect(renders()).toBe(2)
  })

  it('in a stale page that stands in for an error, also of a handler that marks holes in it', async () => {
    let fails = false
    const { app } = site(
      (_req, res) => (fails ? res.status(503).send(`sorry ${greeting()}`) : res.send(page())),
      { timeout: 10, staleIfError: 60 },
    )
    await as(app, 'ada')
    passSeconds(20)
    fails = true
    const { status, text, headers } = await as(app, 'bob')
    expect([status, text]).toEqual([200, seenBy('bob')])
    expect(headers['cache-control']).toBe('private, no-cache')
    passSeconds(180)
    const late = await as(app, 'bob')
    expect([late.status, late.text]).toEqual([503, 'sorry <b>bob</b>'])
  })

  it('in a page that takes the place of one without holes, which had a validator', async () => {
    let holed = false
    const { app } = site(
      (_req, res) =>
        res
          .set({ ETag: holed ? '"2"' : '"1"', 'Cache-Control': 'max-age=10' })
          .send(holed ? page() : 'plain'),
      {
        policy: 'rfc9111',
        timeout: 10,
      },
    )
    expect((await as(app, 'ada')).text).toBe('plain')
    passSeconds(20)
    holed = true
    const asked = await as(app, 'ada').set('If-None-Match', '"2"')
    expect([asked.status, asked.text]).toEqual([200, seenBy('ada')])
    const hit = await as(app, 'bob')
    expect([hit.text, hit.headers.etag]).toEqual([seenBy('bob'), undefined])
    expect(hit.headers['cache-status']).toMatch(/hit/)
  })

  it('in a stale page in place of a handler that takes too long, whatever that writes meanwhile', async () => {
    let slow = false
    const { app } = site(
      async (_req, res) => {
        const text = `${page()}${slow}`
        if (slow) await new Promise((resolve) => setTimeout(resolve, 31))
        res.write(text.slice(0, 5))
        res.end(text.slice(5))
      },
      { timeout: 10, staleIfError: 60, originTimeout: 0.03 },
    )
    await as(app, 'ada')
    passSeconds(20)
    slow = true
    const url = await serve(app)
    for (let i = 0; i < 10; i += 1) {
      const { status, body } = await getRaw(url, '/', ['Host: site.example', `Cookie: v=bob${i}`])
      expect([status, body.toString()]).toEqual([200, `${seenBy(`bob${i}`)}false`])
    }
  })
})

describe('what is stored of a page with holes', () => {
  it('keeps them when a HEAD brings it up to date (RFC 9111 §4.3.5)', async () => {
    const { app, renders } = site(send, { timeout: 10, staleIfError: 60 })
    await as(app, 'ada')
    passSeconds(20)
    await request(app).head('/').set('Cookie', 'v=ada')
    const { text, headers } = await as(app, 'bob')
    expect([text, renders()]).toEqual([seenBy('bob'), 2])
    expect(headers['cache-status']).toMatch(/hit/)
  })

  it.each([
    ['a place beyond its end', '9999 greeting', false],
    ['a name that is none', '3 <script>', false],
    ['more places than a page may have', Array(1001).fill('3 greeting').join(), false],
    ['a hole that this process does not know', '3 of-tomorrow,3 greeting', true],
  ])('may be anything: %s', async (_, holes, served) => {
    const store = new ByteStore()
    const cache = createCaches({ default: { store } }).get('default')
    const errors: unknown[] = []
    const { app, renders } = site(send, { cache })
    await as(app, 'ada')
    cache.on('error', ({ error }) => errors.push(error))
    for (const [key, { bytes, expires }] of store.entries) {
      const page = Page.decode(bytes)
      if (page === undefined) continue
      const forged = new Page({ ...page, tags: page.tags, holes })
      store.entries.set(key, { bytes: Buffer.concat(forged.encode()), expires })
    }
    const { text, headers } = await as(app, 'bob')
    expect(errors).toHaveLength(1)
    expect([renders(), /hit/.test(String(headers['cache-status']))]).toEqual([served ? 1 : 2, served])
    expect(text).toBe(served ? '<p><b>bob</b> page  </p>' : seenBy('bob'))
  })
})

describe('between the two halves of a site’s cache', () => {
  const between = (...middlewares: RequestHandler[]): Express => {
    const app = express().use(updateCache({ cache: freshCache() }))
    for (const middleware of middlewares) app.use(middleware)
    return app.use(fetchFromCache()).get('/', (_req, res) => void res.send(page('x'.repeat(2000))))
  }

  it('a body is filled before it is encoded, and kept as it was before', async () => {
    const url = await serve(between(compression()))
    for (const [visitor, hit] of [
      ['ada', false],
      ['bob', true],
    ] as const) {
      const response = await getRaw(url, '/', ['Accept-Encoding: gzip', `Cookie: v=${visitor}`])
      expect(headerOf(response, 'content-encoding')).toBe('gzip')
      expect(/hit/.test(headerOf(response, 'cache-status') ?? '')).toBe(hit)
      expect(gunzipSync(bodyOf(response)).toString()).toBe(seenBy(visitor, 'x'.repeat(2000)))
    }
    const plain = await getRaw(url, '/', ['Cookie: v=eve'])
    expect(headerOf(plain, 'content-encoding')).toBeUndefined()
    expect(bodyOf(plain).toString()).toBe(seenBy('eve', 'x'.repeat(2000)))
  })

  it('a validator is made of what each visitor gets, and none of it is kept', async () => {
    const app = between(conditionalGet())
    const first = await as(app, 'ada')
    expect(first.headers.etag).toBeDefined()
    const again = await as(app, 'ada').set('If-None-Match', String(first.headers.etag))
    expect(again.status).toBe(304)
    expect((await as(app, 'bob').set('If-None-Match', String(first.headers.etag))).text).toBe(
      seenBy('bob', 'x'.repeat(2000)),
    )
  })
})

describe('fragments', () => {
  it('hold holes, and are shared by pages and visitors', async () => {
    const caches = createCaches({ default: { store: memoryStore() } })
    const cache = caches.get('default')
    let rendered = 0
    const app = express().use(siteCache({ cache }))
    app.get('/:name', async (req, res) => {
      const sidebar = await fragment(cache, { timeout: 60, name: 'sidebar' }, () => {
        rendered += 1
        return `<aside>${greeting()}</aside>`
      })
      res.send(`${String(req.params.name)} ${sidebar} ${cart()}`)
    })
    const url = await serve(app)
    const asked = ['ada', 'bob', 'eve'].flatMap((visitor) => ['a', 'b', 'a'].map((name) => [visitor, name]))
    const texts = await Promise.all(
      asked.map(async ([v, name]) =>
        (await fetch(`${url}/${name}`, { headers: { cookie: `v=${v}` } })).text(),
      ),
    )
    expect(texts).toEqual(asked.map(([v, name]) => `${name} <aside><b>${v}</b></aside> [cart of ${v}]`))
    expect(rendered).toBe(1)
  })

  it('of a template hold them too, escaped by the template and not once more', async () => {
    const caches = createCaches({ default: { store: memoryStore() } })
    const app = express().use(siteCache({ caches }))
    const views = nunjucksFragments(new nunjucks.Environment(null, { autoescape: true }), { caches })
    let rendered = 0
    const view =
      '{% cache 60, "side" %}<i title="{{ cart() }}">{{ count() }}{{ greeting }}</i>{% endcache %}{{ name }}'
    app.get('/:name', (req, res, next) => {
      const count = () => `&${++rendered}`
      const done = (error: unknown, html: string | null) => (error ? next(error) : void res.send(html))
      views.renderString(view, { name: req.params.name, greeting, cart, count }, done)
    })
    for (const [visitor, name] of [
      ['ada', 'a'],
      ['bob', 'b'],
      ['eve', 'a'],
    ] as const) {
      const { text } = await as(app, visitor, `/${name}`)
      expect(text).toBe(`<i title="[cart of ${visitor}]">&amp;1<b>${visitor}</b></i>${name}`)
    }
  })

  it('in a hole are no part of the page', async () => {
    const cache = freshCache()
    const { hole } = await import('@sitecache/express')
    const badge = hole('badge', (req: Request) =>
      fragment(cache, { timeout: 60, name: 'badge', varyOn: [visitorOf(req)], tags: ['badges'] }, () =>
        visitorOf(req),
      ),
    )
    const { app, renders } = site((_req, res) => res.send(`<i>${badge()}</i>`), { cache })
    for (const visitor of ['ada', 'bob']) expect((await as(app, visitor)).text).toBe(`<i>${visitor}</i>`)
    await cache.invalidateTags('badges')
    expect((await as(app, 'ada')).headers['cache-status']).toMatch(/hit/)
    expect(renders()).toBe(1)
  })
})
