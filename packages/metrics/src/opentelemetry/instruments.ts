import type { Attributes, BatchObservableResult, Meter, MetricOptions, Observable } from '@opentelemetry/api'
import type { CountedCaches } from '../counting.js'
import type { Definition, MetricName } from '../definitions.js'
import { familiesOf } from '../families.js'
import { type Family, HistogramSeries, type NumberSeries } from '../series.js'

/** Names and units of the instruments, by the names of the metrics. */
const INSTRUMENTS: Readonly<Record<MetricName, readonly [name: string, unit: string]>> = {
  sitecache_requests_total: ['sitecache.requests', '{request}'],
  sitecache_forwards_total: ['sitecache.forwards', '{request}'],
  sitecache_not_stored_total: ['sitecache.not_stored', '{response}'],
  sitecache_render_duration_seconds: ['sitecache.render.duration', 's'],
  sitecache_hit_duration_seconds: ['sitecache.hit.duration', 's'],
  sitecache_render_seconds_saved_total: ['sitecache.render.saved', 's'],
  sitecache_response_bytes_total: ['sitecache.response.size', 'By'],
  sitecache_page_age_seconds: ['sitecache.page.age', 's'],
  sitecache_store_operation_duration_seconds: ['sitecache.store.operation.duration', 's'],
  sitecache_store_entries: ['sitecache.store.entries', '{entry}'],
  sitecache_store_bytes: ['sitecache.store.usage', 'By'],
  sitecache_store_limit_bytes: ['sitecache.store.limit', 'By'],
  sitecache_store_up: ['sitecache.store.up', '1'],
  sitecache_evictions_total: ['sitecache.evictions', '{entry}'],
  sitecache_evicted_unused_total: ['sitecache.evictions.unused', '{entry}'],
  sitecache_errors_total: ['sitecache.errors', '{error}'],
  sitecache_coalesced_total: ['sitecache.coalesced', '{request}'],
  sitecache_lock_wait_seconds: ['sitecache.lock.wait', 's'],
  sitecache_renders_in_flight: ['sitecache.renders.in_flight', '{render}'],
  sitecache_invalidations_total: ['sitecache.invalidations', '{invalidation}'],
  sitecache_bus_messages_total: ['sitecache.bus.messages', '{message}'],
  sitecache_bus_lost_total: ['sitecache.bus.lost', '{message}'],
  sitecache_values_total: ['sitecache.values', '{value}'],
  sitecache_compute_duration_seconds: ['sitecache.compute.duration', 's'],
  sitecache_fragments_total: ['sitecache.fragments', '{fragment}'],
  sitecache_variants_max: ['sitecache.variants.max', '{variant}'],
  sitecache_info: ['sitecache.info', '1'],
}

type AnyFamily = Family<NumberSeries | HistogramSeries>

/**
 * Makes an instrument of each metric: counters and gauges are read when they are collected,
 * durations are recorded as they come.
 *
 * @returns function that stops it
 */
export function makeInstruments(meter: Meter, counted: CountedCaches): () => void {
  const all = familiesOf(counted.families)
  const observed = new Map<Observable, AnyFamily>()
  for (const family of all) {
    const instrument = INSTRUMENTS[family.name as MetricName]
    if (family.definition.type === 'histogram') record(meter, family, instrument)
    else observed.set(observable(meter, family.definition, instrument), family)
  }
  const observe = async (result: BatchObservableResult): Promise<void> => {
    await counted.update()
    for (const [instrument, family] of observed)
      for (const { labels, value } of family.samples())
        result.observe(instrument, value, attributesOf(labels))
  }
  const instruments = [...observed.keys()]
  meter.addBatchObservableCallback(observe, instruments)
  return () => {
    meter.removeBatchObservableCallback(observe, instruments)
    for (const family of all) family.eachSeries(undefined)
  }
}

function observable(
  meter: Meter,
  { type, help }: Definition,
  [name, unit]: readonly [string, string],
): Observable {
  const options: MetricOptions = { description: help, unit }
  return type === 'counter'
    ? meter.createObservableCounter(name, options)
    : meter.createObservableGauge(name, options)
}

function record(meter: Meter, family: AnyFamily, [name, unit]: readonly [string, string]): void {
  const { help, buckets = [] } = family.definition
  const advice = { explicitBucketBoundaries: [...buckets] }
  const histogram = meter.createHistogram(name, { description: help, unit, advice })
  family.eachSeries((series, labels) => {
    const attributes = attributesOf(labels)
    if (series instanceof HistogramSeries) series.also = (value) => histogram.record(value, attributes)
  })
}

/** The route has a name of the semantic conventions; the other labels are sitecache's own. */
function attributesOf(labels: Readonly<Record<string, string | number>>): Attributes {
  const named = Object.entries(labels).map(([label, value]) => [
    label === 'route' ? 'http.route' : `sitecache.${label}`,
    value,
  ])
  return Object.fromEntries(named)
}
