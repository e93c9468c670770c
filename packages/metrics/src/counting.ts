import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect, types } from 'node:util'
import { Cache, Caches, caches as processWide, SettingsError } from '@sitecache/core'
import { refusal } from '@sitecache/core/internal'
import { countEvents } from './cache-series.js'
import { type Families, makeFamilies } from './families.js'
import { setGauges } from './store-gauges.js'
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

/** Caches that are being counted. */
export interface CountedCaches {
  readonly families: Families
  caches(): readonly Cache[]
  /** Brings the gauges up to date. */
  update(): Promise<void>
  close(): void
}

/**
 * Begins to count caches.
 *
 * @param call names it in errors
 * @throws SettingsError for an option that is unknown or not allowed
 */
export function countCaches(call: string, options: MetricsOptions): CountedCaches {
  const { groups, maxRoutes, given } = checked(call, options)
  const families = makeFamilies()
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
  countAll()
  return {
    families,
    caches: () => cachesOf(given),
    update: shared(() => setGauges(countAll(), families)),
    close() {
      isClosed = true
      for (const stop of counted.values()) stop()
      counted.clear()
    },
  }
}

const version = ownVersion()

/** Of this package; tests that load its sources as ES modules have none. */
function ownVersion(): string {
  if (typeof __dirname !== 'string') return 'development'
  const about: unknown = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'))
  return typeof about === 'object' && about !== null ? String(Reflect.get(about, 'version')) : ''
}

function checked(call: string, options: MetricsOptions) {
  const known = ['caches', 'groups', 'maxRoutes']
  if (typeof options !== 'object' || options === null) throw refusal(call, 'an object of options', options)
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new SettingsError(`${call}.${name} is no option; there are: ${known.join(', ')}`)
  const { caches = processWide, groups = [], maxRoutes = DEFAULT_MAX_ROUTES } = options
  if (!Number.isInteger(maxRoutes) || maxRoutes < 1)
    throw new SettingsError(`${call}.maxRoutes must be a whole number from 1 on; got ${inspect(maxRoutes)}`)
  const isGroup = (group: unknown) =>
    Array.isArray(group) && types.isRegExp(group[0]) && typeof group[1] === 'string'
  if (!Array.isArray(groups) || !groups.every(isGroup))
    throw new SettingsError(
      `${call}.groups must be pairs such as [/^user:\\d+/, 'user:*']; got ${inspect(groups, { depth: 1 })}`,
    )
  const isCaches =
    caches instanceof Caches || (Array.isArray(caches) && caches.every((it) => it instanceof Cache))
  if (!isCaches)
    throw new SettingsError(
      `${call}.caches must be the result of createCaches(), or a list of caches; got ${inspect(caches, { depth: 0 })}`,
    )
  return { groups, maxRoutes, given: caches }
}

function cachesOf(given: Caches | readonly Cache[]): readonly Cache[] {
  return given instanceof Caches ? [...given].map((alias) => given.get(alias)) : given
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
