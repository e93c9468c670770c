import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import {
  cachePage,
  configure,
  createCaches,
  invalidatePage,
  memoryStore,
  SettingsError,
  siteCache,
  warm,
} from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import request from '@sitecache/test-support/request'
import express from 'express'
import { DEFINITIONS, metrics } from '../src/index.js'
import { parseText } from './parse-text.js'
import { countedSite, parsed, valuesOf } from './support.js'

const page = (_req: unknown, res: { send(body: string): unknown }) => res.send('the page')

describe('metrics()', () => {
  it('counts requests by route and result, and their bytes', async () => {
    const { app, numbers } = countedSite(page)
    for (const path of ['/page/1', '/page/1', '/page/2', '/other']) await request(app).get(path)
    await request(app).post('/page/1')
    expect(await valuesOf(numbers, 'sitecache_requests_total')).toEqual({
      '{cache="default",route="/page/:id",result="miss"}': 2,
      '{cache="default",route="/page/:id",result="hit"}': 1,
      '{cache="default",route="(none)",result="unstorable"}': 1,
      '{cache="default",route="/page/:id",result="bypass"}': 1,
    })
    expect(await valuesOf(numbers, 'sitecache_not_stored_total')).toEqual({
      '{cache="default",route="(none)",reason="status"}': 1,
      '{cache="default",route="/page/:id",reason="method"}': 1,
    })
    expect(await valuesOf(numbers, 'sitecache_forwards_total')).toEqual({
      '{cache="default",reason="uri-miss"}': 3,
      '{cache="default",reason="method"}': 1,
    })
    const bytes = await valuesOf(numbers, 'sitecache_response_bytes_total')
    expect(bytes['{cache="default",source="cache"}']).toBe(8)
  })

  it('counts a request once that passes several layers of one cache: at the innermost', async () => {
    const cache = freshCache()
    const numbers = metrics({ caches: [cache] })
    const rendering: number[] = []
    const app = express().use(siteCache({ cache, timeout: 10 }))
    app.get('/page', cachePage('1h', { cache }), (_req, res) => {
      rendering.push(cache.meter.rendering)
      res.send('the page')
    })
    for (let i = 0; i < 3; i += 1) {
      await request(app).get('/page')
      // Of the outer layer; the page of the inner one is fresh.
      if (i > 0) passSeconds(11)
    }
    await request(app).post('/page')
    expect(await valuesOf(numbers, 'sitecache_requests_total')).toEqual({
      '{cache="default",route="/page",result="miss"}': 1,
      '{cache="default",route="/page",result="hit"}': 2,
      '{cache="default",route="(none)",result="bypass"}': 1,
    })
    const renders = await valuesOf(numbers, 'sitecache_render_duration_seconds')
    expect(renders['_count{cache="default",route="/page",why="visitor"}']).toBe(1)
    expect(rendering).toEqual([1])
    expect(cache.meter.rendering).toBe(0)
  })

  it('counts the seconds that hits save, and the age of their pages', async () => {
    const { app, numbers } = countedSite((_req, res) => {
      passSeconds(2)
      return res.send('x')
    })
    await request(app).get('/page/1')
    passSeconds(30)
    await request(app).get('/page/1')
    await request(app).get('/page/1')
    const route = 'cache="default",route="/page/:id"'
    expect(await valuesOf(numbers, 'sitecache_render_seconds_saved_total')).toEqual({ [`{${route}}`]: 4 })
    const ages = await valuesOf(numbers, 'sitecache_page_age_seconds')
    expect(ages).toMatchObject({
      '_bucket{cache="default",le="10"}': 0,
      '_bucket{cache="default",le="60"}': 2,
      '_count{cache="default"}': 2,
    })
    const rendered = await valuesOf(numbers, 'sitecache_render_duration_seconds')
    expect(rendered[`_count{${route},why="visitor"}`]).toBe(1)
    expect((await valuesOf(numbers, 'sitecache_hit_duration_seconds'))['_count{cache="default"}']).toBe(2)
  })

  it('counts a refresh as a render, and not as a request', async () => {
    const { app, cache, numbers } = countedSite(page, { staleWhileRevalidate: 60 })
    const server = createServer(app).listen(0)
    await request(server as never).get('/page/1')
    passSeconds(601)
    const refreshed = new Promise((resolve) => {
      cache.on('exchange', ({ purpose }) => purpose === 'refresh' && resolve(purpose))
    })
    await request(server as never).get('/page/1')
    await refreshed
    server.close()
    const route = 'cache="default",route="/page/:id"'
    expect(
      (await valuesOf(numbers, 'sitecache_render_duration_seconds'))[`_count{${route},why="refresh"}`],
    ).toBe(1)
    expect(await valuesOf(numbers, 'sitecache_requests_total')).toEqual({
      [`{${route},result="miss"}`]: 1,
      [`{${route},result="stale"}`]: 1,
    })
  })

  it('counts values by their groups and functions, and shows no key', async () => {
    const cache = freshCache()
    const numbers = metrics({ caches: [cache], groups: [[/^user:\d+/, 'user:*']] })
    const rate = cache.wrap(async function fetchRate(currency: string) {
      return currency.length
    })
    await rate('EUR')
    await rate('EUR')
    await cache.getOrSet('user:4711', () => 1)
    await cache.getOrSet('secret', () => 1)
    expect(await valuesOf(numbers, 'sitecache_values_total')).toEqual({
      '{cache="default",name="fetchRate",result="miss"}': 1,
      '{cache="default",name="fetchRate",result="hit"}': 1,
      '{cache="default",name="user:*",result="miss"}': 1,
      '{cache="default",name="(other)",result="miss"}': 1,
    })
    const computed = await valuesOf(numbers, 'sitecache_compute_duration_seconds')
    expect(computed['_count{cache="default",name="fetchRate"}']).toBe(1)
    // Without the numbers, which may be any.
    const labels = (await numbers.text()).replace(/ [\d.e+-]+$/gm, '')
    expect(labels).not.toMatch(/4711|secret|EUR/)
  })

  it('tells renders of a warm-up from those that visitors wait for, and counts no request', async () => {
    const { app, numbers } = countedSite(page)
    const urls = ['/page/1', '/page/2', '/page/3'].map((path) => `http://127.0.0.1${path}`)
    await warm(urls, { app, headers: { 'accept-encoding': 'gzip, deflate' } })
    await request(app).get('/page/1').set('Host', '127.0.0.1')
    await request(app).get('/page/4').set('Host', '127.0.0.1')
    const renders = await valuesOf(numbers, 'sitecache_render_duration_seconds')
    const labels = 'cache="default",route="/page/:id"'
    expect(renders[`_count{${labels},why="warm"}`]).toBe(3)
    expect(renders[`_count{${labels},why="visitor"}`]).toBe(1)
    expect(await valuesOf(numbers, 'sitecache_requests_total')).toEqual({
      [`{${labels},result="hit"}`]: 1,
      [`{${labels},result="miss"}`]: 1,
    })
  })

  it('tells what the store holds, and what was dropped from it', async () => {
    const caches = createCaches({
      default: { store: memoryStore({ maxEntries: 2, cullFrequency: 2, maxBytes: 10_000 }) },
    })
    const cache = caches.get('default')
    const numbers = metrics({ caches })
    for (const key of ['a', 'b', 'c']) await cache.set(key, 1)
    const labels = 'cache="default",store="memory"'
    expect(await valuesOf(numbers, 'sitecache_store_entries')).toEqual({ [`{${labels},tier="near"}`]: 2 })
    expect(await valuesOf(numbers, 'sitecache_store_limit_bytes')).toEqual({
      [`{${labels},tier="near"}`]: 10_000,
    })
    expect(await valuesOf(numbers, 'sitecache_store_up')).toEqual({ [`{${labels}}`]: 1 })
    expect(await valuesOf(numbers, 'sitecache_evictions_total')).toEqual({ [`{${labels},cause="count"}`]: 1 })
    expect(await valuesOf(numbers, 'sitecache_evicted_unused_total')).toEqual({ '{cache="default"}': 1 })
    // Its time is over: no room would have kept it.
    await cache.set('d', 1, { timeout: 1 })
    passSeconds(2)
    await cache.get('d')
    expect(await valuesOf(numbers, 'sitecache_evictions_total')).toEqual({
      [`{${labels},cause="count"}`]: 2,
      [`{${labels},cause="expired"}`]: 1,
    })
    expect(await cache.stats()).toMatchObject({
      evictions: 2,
      evicted: { count: 2, expired: 1, size: 0, unknown: 0 },
    })
    const operations = await valuesOf(numbers, 'sitecache_store_operation_duration_seconds')
    expect(operations[`_count{${labels},operation="set",outcome="ok"}`]).toBe(4)
  })

  it('counts invalidations by their means', async () => {
    const { app, cache, numbers } = countedSite(page)
    await request(app).post('/page/1')
    await invalidatePage('http://site.example/page/1', { cache, soft: true })
    await cache.invalidateTags('a')
    await cache.clear()
    expect(await valuesOf(numbers, 'sitecache_invalidations_total')).toEqual({
      '{cache="default",by="unsafe",mode="hard"}': 1,
      '{cache="default",by="url",mode="soft"}': 1,
      '{cache="default",by="tag",mode="hard"}': 1,
      '{cache="default",by="clear",mode="hard"}': 1,
    })
  })

  it('counts the failures of callbacks', async () => {
    const { app, numbers } = countedSite(page, {
      skip: () => {
        throw new Error('broken')
      },
    })
    await request(app).get('/page/1')
    const labels = 'cache="default",store="memory",operation="locate"'
    expect(await valuesOf(numbers, 'sitecache_errors_total')).toEqual({ [`{${labels}}`]: 1 })
  })

  it('answers a scraper, which is never cached', async () => {
    const app = express().use(siteCache({ cache: freshCache() }))
    app.get('/metrics', metrics({ caches: [freshCache()] }).handler())
    const answer = await request(app).get('/metrics')
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(answer.headers['cache-status']).toMatch(/detail=no-store/)
    expect([...parseText(answer.text).keys()]).toContain('sitecache_store_up')
  })

  it('counts the process-wide caches, also those that are configured later', async () => {
    const numbers = metrics()
    const caches = createCaches({ default: 'memory:' })
    expect(caches.has('default')).toBe(true)
    configure({ default: 'memory:', late: 'memory:' })
    const entries = await valuesOf(numbers, 'sitecache_store_entries')
    expect(Object.keys(entries)).toContain('{cache="late",store="memory",tier="near"}')
    numbers.close()
  })

  it('stops counting', async () => {
    const { app, cache, numbers } = countedSite(page)
    numbers.close()
    expect(cache.meter.isHeard('exchange')).toBe(false)
    await request(app).get('/page/1')
    expect(await valuesOf(numbers, 'sitecache_requests_total')).toEqual({})
  })

  it('is told as objects, too', async () => {
    const { app, numbers } = countedSite(page)
    await request(app).get('/page/1')
    const json = await numbers.toJSON()
    expect(json.map(({ name }) => name)).toEqual(Object.keys(DEFINITIONS))
    expect(json[0]?.values).toEqual([
      { labels: { cache: 'default', route: '/page/:id', result: 'miss' }, value: 1 },
    ])
  })

  it.each([
    [{ maxRoutes: 0 }, 'maxRoutes'],
    [{ groups: ['user'] }, 'groups'],
    [{ caches: 'default' }, 'caches'],
    [{ cache: 'default' }, 'cache'],
  ])('refuses %j', (options, name) => {
    expect(() => metrics(options as never)).toThrow(SettingsError)
    expect(() => metrics(options as never)).toThrow(name)
  })
})

describe('labels', () => {
  it('are bounded, whatever URLs, tags, keys and hosts there are', async () => {
    const { app, cache, numbers } = countedSite(
      page,
      { tags: (req) => [`tag-${req.url}`] },
      { maxRoutes: 20 },
    )
    const event = (route: string) => ({
      cache: 'default',
      route,
      result: 'miss',
      policy: 'django',
      source: 'handler',
    })
    const random = (i: number) => `guest-${i}-${Math.random().toString(36)}`
    for (let i = 0; i < 30; i++)
      await request(app)
        .get(`/page/${random(i)}`)
        .set('Cookie', `id=${random(i)}`)
    for (let i = 0; i < 10_000; i++) {
      cache.meter.exchange({ ...event(`/${random(i)}`), bytes: 1, durationMs: 1, status: 200 } as never)
      cache.meter.hit(`:1:${random(i)}`)
      cache.meter.computed(`:1:${random(i)}`, 1)
    }
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => cache.invalidateTags(`tag-${random(i)}`)))
    const all = await parsed(numbers)
    const lines = [...all.values()].flatMap(({ values }) => [...values.keys()])
    expect(lines.length).toBeLessThan(400)
    expect(Object.keys(await valuesOf(numbers, 'sitecache_requests_total'))).toHaveLength(21)
    // The first routes that come have names; those of Express are patterns, and no URLs.
    const own = lines.filter((line) => !/route="\/guest-/.test(line))
    expect(own.filter((line) => line.includes('guest'))).toEqual([])
  })

  it('hold nothing of a visitor', async () => {
    const { app, numbers } = countedSite((req, res) =>
      res.set('X-A', String(req.headers['x-secret'])).send('x'),
    )
    await request(app).get('/page/secret?q=secret').set({
      Cookie: 'id=secret',
      'X-Secret': 'secret',
      'User-Agent': 'secret',
      Authorization: 'Bearer secret',
    })
    expect(await numbers.text()).not.toContain('secret')
  })
})
