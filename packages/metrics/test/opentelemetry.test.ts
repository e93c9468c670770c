import type { RequestListener } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { type Cache, createCaches, type PageOptions, siteCache } from '@sitecache/express'
import { redisStore } from '@sitecache/redis'
import { ask } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import { serve } from '@sitecache/test-support/serve'
import { startRedis } from '@sitecache/test-support/servers/redis'
import express, { type Request, type Response } from 'express'
import { type OpenTelemetry, type OpenTelemetryOptions, openTelemetry } from '../src/opentelemetry/index.js'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer('test')
const undo: (() => unknown)[] = []

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  exporter.reset()
})

function traced(cache: Cache, options: OpenTelemetryOptions = {}): OpenTelemetry {
  const telemetry = openTelemetry({ caches: [cache], tracer, meter: false, ...options })
  undo.push(() => telemetry.close())
  return telemetry
}

/** Gives each request a server span, as the instrumentation of `node:http` does. */
function instrumented(app: RequestListener): RequestListener {
  return (req, res) => {
    // The cache's own requests come over no network.
    const span = tracer.startSpan('server', { kind: SpanKind.SERVER, attributes: { by: req.headers.by } })
    res.once('close', () => span.end())
    context.with(trace.setSpan(context.active(), span), () => app(req, res))
  }
}

async function site(handler: (req: Request, res: Response) => unknown, options: PageOptions = {}) {
  const cache = options.cache instanceof Object ? options.cache : freshCache()
  traced(cache)
  const app = express().use(siteCache({ ...options, cache }))
  app.get('/page/:id', handler)
  const listener = instrumented(app)
  const asked: unknown[] = []
  const url = await serve((req, res) => {
    asked.push(req.url)
    listener(req, res)
  })
  return { cache, asked, get: (headers = {}) => ask(`${url}/page/secret?q=secret`, headers) }
}

/** Resolves once so many spans have ended. */
async function spans(count: number): Promise<readonly ReadableSpan[]> {
  while (exporter.getFinishedSpans().length < count) await new Promise((resolve) => setImmediate(resolve))
  return exporter.getFinishedSpans()
}

const named = (all: readonly ReadableSpan[], name: string) => all.filter((span) => span.name === name)
const page = (_req: unknown, res: Response) => res.send('the page')

describe('openTelemetry()', () => {
  it('makes a span of a render within the server’s, and none of a hit', async () => {
    const { get } = await site(page)
    await get()
    const all = await spans(2)
    expect(all).toHaveLength(2)
    const [render, server] = [named(all, 'sitecache.render')[0], named(all, 'server')[0]]
    expect(render?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId)
    expect(render?.events.map(({ name }) => name)).toEqual(['sitecache.stored'])
    expect(server?.attributes).toEqual({
      'sitecache.cache': 'default',
      'sitecache.result': 'miss',
      'sitecache.ttl': 600,
      'http.route': '/page/:id',
    })
    exporter.reset()
    await get()
    const hit = await spans(1)
    expect(hit.map(({ name }) => name)).toEqual(['server'])
    expect(hit[0]?.attributes).toEqual({
      'sitecache.cache': 'default',
      'sitecache.result': 'hit',
      'sitecache.ttl': 600,
      'sitecache.age': 0,
      'http.route': '/page/:id',
    })
  })

  it('makes the handler’s own spans children of the render', async () => {
    const { get } = await site((_req, res) => {
      tracer.startSpan('query').end()
      return res.send('x')
    })
    await get()
    const all = await spans(3)
    const [query, render] = [named(all, 'query')[0], named(all, 'sitecache.render')[0]]
    expect(query?.parentSpanContext?.spanId).toBe(render?.spanContext().spanId)
  })

  it('tells why a response was not stored', async () => {
    const { get } = await site((_req, res) => res.cookie('a', '1').send('x'))
    await get()
    const all = await spans(2)
    expect(named(all, 'server')[0]?.attributes).toMatchObject({
      'sitecache.result': 'unstorable',
      'sitecache.detail': 'set-cookie',
    })
    expect(named(all, 'sitecache.render')[0]?.events[0]).toMatchObject({
      name: 'sitecache.not_stored',
      attributes: { 'sitecache.detail': 'set-cookie' },
    })
  })

  it('links a refresh to the visitor behind whom it is made', async () => {
    const { get } = await site(page, { staleWhileRevalidate: 60 })
    await get()
    await spans(2)
    exporter.reset()
    passSeconds(601)
    await get()
    const all = await spans(4)
    const [refresh] = named(all, 'sitecache.refresh')
    const visitor = named(all, 'server').find((span) => span.attributes['sitecache.result'] === 'stale')
    expect(refresh?.parentSpanContext).toBeUndefined()
    expect(refresh?.links.map((link) => link.context.spanId)).toEqual([visitor?.spanContext().spanId])
    expect(named(all, 'sitecache.render')[0]?.spanContext().traceId).not.toBe(visitor?.spanContext().traceId)
  })

  it('tells requests that waited for the render of another one', async () => {
    const rendering: Response[] = []
    const { asked, get } = await site((_req, res) => void rendering.push(res))
    const first = get()
    while (rendering.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const second = get()
    while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve))
    rendering[0]?.send('x')
    await Promise.all([first, second])
    const all = await spans(3)
    const collapsed = named(all, 'server').find((span) => span.attributes['sitecache.collapsed'] === true)
    expect(named(all, 'sitecache.render')).toHaveLength(1)
    expect(collapsed?.attributes['sitecache.result']).toBe('collapsed')
    expect(collapsed?.events[0]).toMatchObject({
      name: 'sitecache.waited',
      attributes: { 'sitecache.wait.duration': expect.any(Number) },
    })
  })

  it('shows no URL, key, tag, cookie or header', async () => {
    const cache = freshCache()
    const { get } = await site(
      async (_req, res) => res.send(await cache.getOrSet('secret', () => 'x', { tags: ['secret'] })),
      { cache, tags: () => ['secret'] },
    )
    await get({ Cookie: 'secret=secret', 'X-Secret': 'secret' })
    await get({ Cookie: 'secret=secret', 'X-Secret': 'secret' })
    const all = await spans(4)
    const texts = all.map(({ name, attributes, events, status }) =>
      JSON.stringify({ name, attributes, events, status }),
    )
    expect(texts.join('\n')).not.toContain('secret')
  })

  it('makes no span without one that is under way, unless told', async () => {
    const cache = freshCache()
    const telemetry = traced(cache)
    await cache.getOrSet('a', () => 1)
    expect(exporter.getFinishedSpans()).toEqual([])
    telemetry.close()
    traced(cache, { requireParent: false, keyOf: (key) => key.replace(/\d+/g, '*') })
    await cache.getOrSet('user:1', () => 1)
    await cache.getOrSet('user:1', () => 1)
    const all = await spans(2)
    expect(
      all.map(({ name, attributes }) => [name, attributes['cache.hit'], attributes['cache.key']]),
    ).toEqual([
      ['sitecache.value', false, ':*:user:*'],
      ['sitecache.value', true, ':*:user:*'],
    ])
  })

  it('makes spans of the operations of a remote store, each get with cache.hit', async () => {
    const server = await startRedis()
    undo.push(() => server.stop())
    const caches = createCaches({ default: { store: redisStore(server.url, { timeoutMs: 5000 }) } })
    undo.push(() => caches.close())
    const cache = caches.get('default')
    const { get } = await site(page, { cache })
    await get()
    await caches.idle()
    await get()
    const all = await spans(8)
    const gets = named(all, 'cache.get')
    expect(gets.length).toBeGreaterThan(1)
    for (const { attributes, kind } of gets)
      expect([kind, attributes]).toMatchObject([SpanKind.CLIENT, { 'cache.hit': expect.any(Boolean) }])
    expect(gets.at(-1)?.attributes).toMatchObject({
      'cache.hit': true,
      'cache.item_size': expect.any(Number),
      'db.system.name': expect.stringContaining('redis'),
    })
    const puts = named(all, 'cache.put')
    expect(
      puts.some(({ attributes }) => Number(attributes['cache.item_size']) > 0 && attributes['cache.ttl']),
    ).toBe(true)
    const hit = named(all, 'server').at(-1)
    expect(gets.at(-1)?.parentSpanContext?.spanId).toBe(hit?.spanContext().spanId)
    exporter.reset()
    await server.kill()
    await get()
    const failed = await spans(3)
    const broken = named(failed, 'cache.get')[0]
    expect(broken?.attributes['error.type']).toBe('StoreError')
    expect(named(failed, 'server').at(-1)?.attributes['sitecache.result']).toBe('unstorable')
  })

  it('ends with close()', async () => {
    const cache = freshCache()
    traced(cache).close()
    expect([cache.meter.tracer, cache.meter.isHeard('exchange'), cache.meter.isHeard('value')]).toEqual([
      undefined,
      false,
      false,
    ])
  })
})

describe('instruments', () => {
  it('have the numbers of metrics(), in the names and units of OpenTelemetry', async () => {
    const memory = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 1e6 })
    const meters = new MeterProvider({ readers: [reader] })
    undo.push(() => meters.shutdown())
    const cache = freshCache()
    traced(cache, { tracer: false, meter: meters.getMeter('test') })
    const app = express().use(siteCache({ cache }))
    app.get('/page/:id', page)
    const url = await serve(app)
    await ask(`${url}/page/1`)
    await ask(`${url}/page/1`)
    await reader.forceFlush()
    const all = memory
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    const found = (name: string) => all.find(({ descriptor }) => descriptor.name === name)
    const requests = found('sitecache.requests')
    expect(requests?.descriptor.unit).toBe('{request}')
    expect(
      requests?.dataPoints.map(({ attributes, value }) => [attributes['sitecache.result'], value]),
    ).toEqual([
      ['miss', 1],
      ['hit', 1],
    ])
    expect(requests?.dataPoints[0]?.attributes).toMatchObject({ 'http.route': '/page/:id' })
    const renders = found('sitecache.render.duration')
    expect(renders?.descriptor.unit).toBe('s')
    expect(renders?.dataPoints[0]?.value).toMatchObject({
      count: 1,
      buckets: { boundaries: expect.arrayContaining([0.075]) },
    })
    expect(found('sitecache.hit.duration')?.dataPoints[0]?.value).toMatchObject({ count: 1 })
    expect(found('sitecache.store.usage')?.dataPoints[0]?.value).toBeGreaterThan(0)
    expect(found('sitecache.store.usage')?.descriptor.unit).toBe('By')
  })
})
