import type { IncomingMessage, ServerResponse } from 'node:http'
import { SettingsError } from '@sitecache/core'
import { countCaches, type MetricsOptions } from './counting.js'
import { familiesOf } from './families.js'
import { type Aggregator, type ClientRegistry, clientMetric } from './register.js'
import type { Sample } from './series.js'
import { isShared } from './shared-store.js'
import { CONTENT_TYPE, writeText } from './text.js'

/** A metric with its numbers. */
export interface MetricJson {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly values: readonly Sample[]
}

/** Handler of Express, Connect and `node:http`. */
export type MetricsHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: unknown) => void,
) => void

/** Numbers of caches. */
export interface Metrics {
  /** Media type of `text()`. */
  readonly contentType: string
  /** Resolves to the numbers in the text format of Prometheus. */
  text(): Promise<string>
  /** Returns a handler that answers with `text()`. Put it where only you get at it. */
  handler(): MetricsHandler
  /**
   * Adds the numbers to a registry of `prom-client` or `@prometheus-io/client`, which then writes
   * them with its own.
   *
   * @param client the module that the registry is of
   * @throws SettingsError for a registry of another module; the client's own error where a metric
   *   of the name is registered
   */
  register(registry: ClientRegistry, client: { readonly Registry: unknown }): void
  /** Resolves to the numbers as objects. */
  toJSON(): Promise<readonly MetricJson[]>
  /** Stops counting. The caches then pay nothing any more. */
  close(): void
}

/**
 * Counts what caches do, in the units and names of Prometheus. Labels are bounded, and nothing in
 * them is a visitor's: no URL, key, tag or header.
 *
 * @param options see `MetricsOptions`. @default {}
 * @example app.get('/metrics', metrics().handler())
 * @throws SettingsError for an option that is unknown or not allowed
 */
export function metrics(options: MetricsOptions = {}): Metrics {
  const counted = countCaches('metrics', options)
  const all = familiesOf(counted.families)
  const { update } = counted
  const text = async (): Promise<string> => {
    await update()
    return writeText(all)
  }
  return {
    contentType: CONTENT_TYPE,
    text,
    handler() {
      return (_req, res, next) => {
        text().then(
          (numbers) => send(res, numbers),
          (error: unknown) => (next === undefined ? send(res, '', 500) : next(error)),
        )
      }
    },
    register(registry, client) {
      checkRegistry(registry, client)
      const areShared = counted.caches().every(({ store }) => isShared(store))
      for (const family of all) {
        const metric = clientMetric(family, aggregatorOf(family.name, areShared), update)
        registry.registerMetric(metric as never)
      }
    },
    async toJSON() {
      await update()
      return all.map((family) => {
        const { help, type } = family.definition
        return { name: family.name, help, type, values: family.samples() }
      })
    },
    close: counted.close,
  }
}

function checkRegistry(registry: ClientRegistry, client: { readonly Registry: unknown }): void {
  const { Registry } = client
  if (typeof Registry === 'function' && registry instanceof Registry) return
  throw new SettingsError(
    'metrics.register() takes a registry and the module that it is of, as in ' +
      "register(client.register, client) with `import client from 'prom-client'`",
  )
}

/**
 * Numbers of several processes are summed, but for those that each process tells of one shared
 * store, and for states.
 */
function aggregatorOf(name: string, areShared: boolean): Aggregator {
  if (name === 'sitecache_info' || name === 'sitecache_variants_max') return 'max'
  if (name === 'sitecache_store_up') return 'first'
  return areShared && name.startsWith('sitecache_store_') && !name.includes('operation') ? 'first' : 'sum'
}

function send(res: ServerResponse, text: string, status = 200): void {
  res.statusCode = status
  res.setHeader('Content-Type', CONTENT_TYPE)
  res.setHeader('Cache-Control', 'no-store')
  res.end(text)
}
