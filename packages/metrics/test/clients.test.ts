import { describe, expect, it } from '@jest/globals'
import * as prometheusClient from '@prometheus-io/client'
import { freshCache } from '@sitecache/test-support/cache'
import request from '@sitecache/test-support/request'
import * as promClient from 'prom-client'
import { metrics } from '../src/index.js'
import { parseText } from './parse-text.js'
import { countedSite } from './support.js'

describe.each([
  ['prom-client', promClient as unknown as typeof prometheusClient],
  ['@prometheus-io/client', prometheusClient],
])('register() with %s', (_name, client) => {
  it('adds the same numbers to those of the application', async () => {
    const { app, numbers } = countedSite((_req, res) => res.send('x'))
    await request(app).get('/page/1')
    await request(app).get('/page/1')
    const registry = new client.Registry()
    new client.Counter({ name: 'own_total', help: 'Its own.', registers: [registry] }).inc()
    numbers.register(registry, client)
    const written = parseText((await registry.metrics()).replaceAll('\n\n', '\n'))
    expect(written.get('own_total')?.values.get('own_total')).toBe(1)
    for (const [name, { type, help, values }] of parseText(await numbers.text()))
      expect([name, written.get(name)]).toEqual([name, { type, help, values }])
  })

  it('names the counters as OpenMetrics has them', async () => {
    const { app, numbers } = countedSite((_req, res) => res.send('x'))
    await request(app).get('/page/1')
    const registry = new client.Registry<typeof client.Registry.OPENMETRICS_CONTENT_TYPE>(
      client.Registry.OPENMETRICS_CONTENT_TYPE,
    )
    numbers.register(registry, client)
    const text = await registry.metrics()
    expect(text).toContain('# TYPE sitecache_requests counter')
    expect(text).toMatch(/^sitecache_requests_total\{.*result="miss".*\} 1$/m)
  })

  it('is summed over the processes of a cluster', async () => {
    const workers = await Promise.all(
      [1, 2].map(async () => {
        const { app, numbers } = countedSite((_req, res) => res.send('x'))
        await request(app).get('/page/1')
        const registry = new client.Registry()
        numbers.register(registry, client)
        return registry.getMetricsAsJSON()
      }),
    )
    const text = await aggregate(client, workers).metrics()
    const all = parseText(text.replaceAll('\n\n', '\n'))
    const miss = 'sitecache_requests_total{cache="default",route="/page/:id",result="miss"}'
    expect(all.get('sitecache_requests_total')?.values.get(miss)).toBe(2)
    const up = 'sitecache_store_up{cache="default",store="memory"}'
    expect(all.get('sitecache_store_up')?.values.get(up)).toBe(1)
  })

  it('refuses a registry of another module', () => {
    const numbers = metrics({ caches: [freshCache()] })
    expect(() => numbers.register({ registerMetric() {} }, client)).toThrow(/import client/)
  })
})

/** The two have it in different places. */
function aggregate(client: object, workers: readonly unknown[]): { metrics(): Promise<string> } {
  const owner: unknown = Reflect.get(client, 'AggregatorRegistry') ?? Reflect.get(client, 'Registry')
  const inRegistry: unknown = Reflect.get(Reflect.get(client, 'Registry'), 'aggregate')
  const run: unknown = inRegistry ?? Reflect.get(Object(owner), 'aggregate')
  if (typeof run !== 'function') throw new Error('the client aggregates no more')
  return Reflect.apply(run, owner, [workers])
}
