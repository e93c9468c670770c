import type { Cache, CacheEvent, CacheEventDetail } from '@sitecache/core'
import type { ExchangeEvent } from '@sitecache/http'
import { BoundedNames } from './bounded-names.js'
import type { Families } from './families.js'
import { PageSeries } from './page-series.js'
import type { ValueNames } from './value-names.js'

/** Operations at the most, which are words of the code. */
const MAX_OPERATIONS = 50

/** Bounds and names of the series of a cache. */
export interface SeriesOptions {
  readonly maxRoutes: number
  readonly version: string
  readonly names: ValueNames
}

/**
 * Counts what a cache tells of itself.
 *
 * @returns function that stops it
 */
export function countEvents(cache: Cache, families: Families, options: SeriesOptions): () => void {
  const { alias, keyPrefix } = cache
  const store = cache.store.name
  const { names } = options
  const operations = new BoundedNames(MAX_OPERATIONS)
  const pages = new PageSeries(families, alias, options)
  const text = (detail: CacheEventDetail, name: string): string => String(detail[name])
  const listeners: readonly (readonly [CacheEvent, (detail: CacheEventDetail) => void])[] = [
    ['exchange', (detail) => pages.add(detail as unknown as ExchangeEvent)],
    [
      'value',
      (detail) => {
        const { kind, name } = names.of(text(detail, 'key'), keyPrefix)
        const family = kind === 'value' ? families.sitecache_values_total : families.sitecache_fragments_total
        family.under(alias, name, text(detail, 'result')).value += 1
      },
    ],
    [
      'compute',
      (detail) => {
        const { name } = names.of(text(detail, 'key'), keyPrefix)
        families.sitecache_compute_duration_seconds.under(alias, name).observe(Number(detail.ms) / 1000)
      },
    ],
    [
      'operation',
      (detail) => {
        // The scrape itself asks for these.
        if (detail.operation === 'stats') return
        const operation = operations.of(text(detail, 'operation'))
        const outcome = text(detail, 'outcome')
        const family = families.sitecache_store_operation_duration_seconds
        family.under(alias, store, operation, outcome).observe(Number(detail.ms) / 1000)
      },
    ],
    [
      'error',
      (detail) => {
        const operation = operations.of(text(detail, 'operation'))
        families.sitecache_errors_total.under(alias, store, operation).value += 1
      },
    ],
    [
      'evict',
      ({ cause, isUnused }) => {
        const why = cause === 'count' || cause === 'expired' ? cause : 'size'
        families.sitecache_evictions_total.under(alias, store, why).value += 1
        if (isUnused === true) families.sitecache_evicted_unused_total.under(alias).value += 1
      },
    ],
    [
      'invalidate',
      (detail) => {
        families.sitecache_invalidations_total.under(alias, text(detail, 'by'), text(detail, 'mode')).value +=
          1
      },
    ],
  ]
  const stops = listeners.map(([event, listener]) => cache.on(event, listener))
  return () => {
    for (const stop of stops) stop()
  }
}
