import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { Cache, Caches, caches as processWide, SettingsError } from '@sitecache/core'
import { countEvents } from './cache-series.js'
import { familiesOf, makeFamilies } from './families.js'
import { type Aggregator, type ClientRegistry, clientMetric } from './register.js'
import type { Sample } from './series.js'
import { setGauges } from './store-gauges.js'
import { CONTENT_TYPE, writeText } from './text.js'
import { type KeyGroup, ValueNames } from './value-names.js'

const DEFAULT_MAX_ROUTES = 200

/** Options of `metrics()`. */
export interface MetricsOptions {
  /** Caches that are counted. @default the process-wide caches */
  readonly caches?: Caches | readonly Cache[]
  /**
   * Names of values, by patterns of their keys: `[[/^user:\d+/, 'user:*']]`. Functions of `wrap`
   * have their own; what has none is counted as `(other)`, since keys may be a visitor's.
   *
   * @default []
   */
  readonly groups?: readonly KeyGroup[]
  /** Routes with numbers of their own in each cache; the others are `(other)`. @default 200 */
  readonly maxRoutes?: number
}

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
  const { groups, maxRoutes, given } = checked(options)
  const families = makeFamilies()
  const all = familiesOf(families)
  const series = { maxRoutes, version, names: new ValueNames(groups) }
  const counted = new Map<Cache, () => void>()
  let isClosed = false
  // `configure` may replace the process-wide caches.
  const countAll = (): readonly Cache[] => {
    const current = cachesOf(given)
    for (const cache of current)
      if (!isClosed && !counted.has(cache)) counted.set(cache, countEvents(cache, families, series))
    return current
  }
  const update = shared(() => setGauges(countAll(), families))
  const text = async (): Promise<string> => {
    await update()
    return writeText(all)
  }
  countAll()
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
      const isShared = cachesOf(given).every(({ store }) => store.sync === undefined)
      for (const family of all) {
        const metric = clientMetric(family, aggregatorOf(family.name, isShared), update)
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
    close() {
      isClosed = true
      for (const stop of counted.values()) stop()
      counted.clear()
    },
  }
}

const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)

function checked(options: MetricsOptions) {
  const known = ['caches', 'groups', 'maxRoutes']
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new SettingsError(`metrics.${name} is no option; there are: ${known.join(', ')}`)
  const { caches = processWide, groups = [], maxRoutes = DEFAULT_MAX_ROUTES } = options
  if (!Number.isInteger(maxRoutes) || maxRoutes < 1)
    throw new SettingsError(`metrics.maxRoutes must be a whole number from 1 on; got ${inspect(maxRoutes)}`)
  const isGroup = (group: unknown) =>
    Array.isArray(group) && group[0] instanceof RegExp && typeof group[1] === 'string'
  if (!Array.isArray(groups) || !groups.every(isGroup))
    throw new SettingsError(
      `metrics.groups must be pairs such as [/^user:\\d+/, 'user:*']; got ${inspect(groups, { depth: 1 })}`,
    )
  const isCaches =
    caches instanceof Caches || (Array.isArray(caches) && caches.every((it) => it instanceof Cache))
  if (!isCaches)
    throw new SettingsError(
      `metrics.caches must be the result of createCaches(), or a list of caches; got ${inspect(caches, { depth: 0 })}`,
    )
  return { groups, maxRoutes, given: caches }
}

function cachesOf(given: Caches | readonly Cache[]): readonly Cache[] {
  return given instanceof Caches ? [...given].map((alias) => given.get(alias)) : given
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
 * Shares one update among the metrics of a scrape, which read one after the other; `stats()` of a
 * store may be a round trip.
 */
function shared(update: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined
  return () => {
    underWay ??= update().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}

/**
 * Numbers of several processes are summed, but for those that each process tells of one shared
 * store, and for states.
 */
function aggregatorOf(name: string, isShared: boolean): Aggregator {
  if (name === 'sitecache_info' || name === 'sitecache_variants_max') return 'max'
  if (name === 'sitecache_store_up') return 'first'
  return isShared && name.startsWith('sitecache_store_') && !name.includes('operation') ? 'first' : 'sum'
}

function send(res: ServerResponse, text: string, status = 200): void {
  res.statusCode = status
  res.setHeader('Content-Type', CONTENT_TYPE)
  res.setHeader('Cache-Control', 'no-store')
  res.end(text)
}
