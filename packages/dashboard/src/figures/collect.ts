import type { Families, Family, HistogramSeries, NumberSeries } from '@sitecache/metrics/internal'
import { OTHER } from '@sitecache/metrics/internal'
import type { Histogram, RouteFigures, StoreFigures, ValueFigures } from '../shared/state.js'
import { addHistograms } from './add.js'
import type { RouteBytes } from './route-bytes.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Numbers = Record<string, number>

/** Returns the figures of all routes, from what metrics have counted. */
export function collectRoutes(families: Families, bytes: RouteBytes): readonly RouteFigures[] {
  const routes = new Grouped(
    (cache, route): Mutable<RouteFigures> & { results: Numbers; reasons: Numbers } => ({
      cache,
      route,
      results: {},
      savedSeconds: 0,
      bytes: bytes.of(cache, route),
      render: NOTHING,
      refreshes: 0,
      reasons: {},
      variants: 0,
    }),
  )
  each(families.sitecache_requests_total, ([cache, route, result = ''], { value }) => {
    routes.of(cache, route).results[result] = value
  })
  each(families.sitecache_not_stored_total, ([cache, route, reason = OTHER], { value }) => {
    routes.of(cache, route).reasons[reason] = value
  })
  each(families.sitecache_render_seconds_saved_total, ([cache, route], { value }) => {
    routes.of(cache, route).savedSeconds = value
  })
  each(families.sitecache_variants_max, ([cache, route], { value }) => {
    routes.of(cache, route).variants = value
  })
  each(families.sitecache_render_duration_seconds, ([cache, route, why], series) => {
    const figures = routes.of(cache, route)
    if (why === 'visitor') figures.render = histogramOf(series)
    else figures.refreshes += series.counts.reduce((sum, count) => sum + count, 0)
  })
  return routes.all()
}

/** Returns the figures of all stores but their sizes. */
export function collectStores(
  families: Families,
): (cache: string, store: string) => Omit<StoreFigures, 'isShared' | 'circuit'> {
  const stores = new Grouped((cache, store) => ({
    cache,
    store,
    evictions: {} as Numbers,
    evictedUnused: families.sitecache_evicted_unused_total.under(cache).value,
    errors: {} as Numbers,
    operations: [] as Mutable<StoreFigures['operations'][number]>[],
    ages: histogramOf(families.sitecache_page_age_seconds.under(cache)),
    coalesced: families.sitecache_coalesced_total.under(cache).value,
  }))
  each(families.sitecache_evictions_total, ([cache, store, cause = ''], { value }) => {
    stores.of(cache, store).evictions[cause] = value
  })
  each(families.sitecache_errors_total, ([cache, store, operation = ''], { value }) => {
    stores.of(cache, store).errors[operation] = value
  })
  each(
    families.sitecache_store_operation_duration_seconds,
    ([cache, store, operation = '', outcome = ''], it) => {
      const { operations } = stores.of(cache, store)
      const observed = histogramOf(it)
      const count = observed.counts.reduce((sum, each) => sum + each, 0)
      const known = operations.find((each) => each.operation === operation)
      if (known === undefined) {
        operations.push({ operation, outcomes: { [outcome]: count }, ...observed })
        return
      }
      known.outcomes = { ...known.outcomes, [outcome]: count }
      Object.assign(known, addHistograms([known, observed]))
    },
  )
  return (cache, store) => stores.of(cache, store)
}

/** Returns the figures of values and fragments. */
export function collectValues(families: Families): readonly ValueFigures[] {
  const made = (kind: ValueFigures['kind']) =>
    new Grouped((cache, name) => ({
      cache,
      name,
      kind,
      results: {} as Numbers,
      compute: NOTHING as Histogram,
    }))
  const [values, fragments] = [made('value'), made('fragment')]
  each(families.sitecache_values_total, ([cache, name, result = ''], { value }) => {
    values.of(cache, name).results[result] = value
  })
  each(families.sitecache_fragments_total, ([cache, name, result = ''], { value }) => {
    fragments.of(cache, name).results[result] = value
  })
  each(families.sitecache_compute_duration_seconds, ([cache, name], series) => {
    const group = fragments.has(cache, name) && !values.has(cache, name) ? fragments : values
    group.of(cache, name).compute = histogramOf(series)
  })
  return [...values.all(), ...fragments.all()]
}

const NOTHING: Histogram = { counts: [], sum: 0 }

/** Figures by cache and a second name. */
class Grouped<T> {
  readonly #make: (cache: string, name: string) => T
  readonly #groups = new Map<string, T>()

  constructor(make: (cache: string, name: string) => T) {
    this.#make = make
  }

  has(cache = '', name = ''): boolean {
    return this.#groups.has(`${cache}\0${name}`)
  }

  of(cache = '', name = ''): T {
    const key = `${cache}\0${name}`
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const made = this.#make(cache, name)
    this.#groups.set(key, made)
    return made
  }

  all(): readonly T[] {
    return [...this.#groups.values()]
  }
}

function each<S extends NumberSeries | HistogramSeries>(
  family: Family<S>,
  read: (labels: readonly string[], series: S) => void,
): void {
  for (const { values, series } of family.entries()) read(values, series)
}

function histogramOf({ counts, sum }: HistogramSeries): Histogram {
  return { counts: counts.some((count) => count > 0) ? [...counts] : [], sum }
}
