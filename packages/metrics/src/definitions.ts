/** A metric as Prometheus knows it. */
export interface Definition {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds of the buckets of a histogram, without the infinite one. */
  readonly buckets?: readonly number[]
}

/** As `http.server.request.duration` of OpenTelemetry's semantic conventions. */
const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** Hits take microseconds. */
const HIT_SECONDS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25]
/** 0.25 is the deadline of an operation, by default. */
const STORE_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]
const AGE_SECONDS = [1, 10, 60, 300, 900, 3600, 21_600, 86_400]

/** Every metric, in the order in which they are written. */
export const DEFINITIONS = {
  sitecache_requests_total: {
    type: 'counter',
    help: 'Requests that have passed the cache, by result.',
    labels: ['cache', 'route', 'result'],
  },
  sitecache_forwards_total: {
    type: 'counter',
    help: 'Requests that went on to the handler, by reason (fwd of RFC 9211).',
    labels: ['cache', 'reason'],
  },
  sitecache_not_stored_total: {
    type: 'counter',
    help: 'Responses that were not stored, by reason.',
    labels: ['cache', 'route', 'reason'],
  },
  sitecache_render_duration_seconds: {
    type: 'histogram',
    help: 'Time that handlers took to render a page, until its head.',
    labels: ['cache', 'route', 'why'],
    buckets: REQUEST_SECONDS,
  },
  sitecache_hit_duration_seconds: {
    type: 'histogram',
    help: 'Time to serve a stored page, from its look-up to its last byte.',
    labels: ['cache'],
    buckets: HIT_SECONDS,
  },
  sitecache_render_seconds_saved_total: {
    type: 'counter',
    help: 'Time that the served pages had taken to render.',
    labels: ['cache', 'route'],
  },
  sitecache_response_bytes_total: {
    type: 'counter',
    help: 'Bytes of bodies, by where they come from.',
    labels: ['cache', 'source'],
  },
  sitecache_page_age_seconds: {
    type: 'histogram',
    help: 'Age of pages when they are served.',
    labels: ['cache'],
    buckets: AGE_SECONDS,
  },
  sitecache_store_operation_duration_seconds: {
    type: 'histogram',
    help: 'Time of operations of the store that were waited for.',
    labels: ['cache', 'store', 'operation', 'outcome'],
    buckets: STORE_SECONDS,
  },
  sitecache_store_entries: {
    type: 'gauge',
    help: 'Entries in the store.',
    labels: ['cache', 'store', 'tier'],
  },
  sitecache_store_bytes: {
    type: 'gauge',
    help: 'Bytes in the store.',
    labels: ['cache', 'store', 'tier'],
  },
  sitecache_store_limit_bytes: {
    type: 'gauge',
    help: 'Most bytes that the store keeps.',
    labels: ['cache', 'store', 'tier'],
  },
  sitecache_store_up: {
    type: 'gauge',
    help: 'Whether the store answers: 1, 0.5 while it is probed, 0.',
    labels: ['cache', 'store'],
  },
  sitecache_evictions_total: {
    type: 'counter',
    help: 'Entries that the store has dropped: for room, by the limit, or expired ones.',
    labels: ['cache', 'store', 'cause'],
  },
  sitecache_evicted_unused_total: {
    type: 'counter',
    help: 'Entries dropped for room that were never read.',
    labels: ['cache'],
  },
  sitecache_errors_total: {
    type: 'counter',
    help: 'Failures of the store, of callbacks and of the cache, by operation.',
    labels: ['cache', 'store', 'operation'],
  },
  sitecache_coalesced_total: {
    type: 'counter',
    help: 'Requests that got the page which another one had rendered.',
    labels: ['cache'],
  },
  sitecache_lock_wait_seconds: {
    type: 'histogram',
    help: 'Time that requests waited for the render of another one.',
    labels: ['cache'],
    buckets: REQUEST_SECONDS,
  },
  sitecache_renders_in_flight: {
    type: 'gauge',
    help: 'Pages that handlers are rendering.',
    labels: ['cache'],
  },
  sitecache_invalidations_total: {
    type: 'counter',
    help: 'Invalidations by this process.',
    labels: ['cache', 'by', 'mode'],
  },
  sitecache_bus_messages_total: {
    type: 'counter',
    help: 'Messages of tiered stores about changes.',
    labels: ['direction'],
  },
  sitecache_bus_lost_total: {
    type: 'counter',
    help: 'Messages of tiered stores that could not be published.',
    labels: ['direction'],
  },
  sitecache_values_total: {
    type: 'counter',
    help: 'Look-ups of values, by name.',
    labels: ['cache', 'name', 'result'],
  },
  sitecache_compute_duration_seconds: {
    type: 'histogram',
    help: 'Time that values took to compute.',
    labels: ['cache', 'name'],
    buckets: REQUEST_SECONDS,
  },
  sitecache_fragments_total: {
    type: 'counter',
    help: 'Look-ups of fragments, by name.',
    labels: ['cache', 'name', 'result'],
  },
  sitecache_variants_max: {
    type: 'gauge',
    help: 'Most variants of one URL that were seen.',
    labels: ['cache', 'route'],
  },
  sitecache_info: {
    type: 'gauge',
    help: 'Version of @sitecache/metrics, and the policy of the caches.',
    labels: ['version', 'policy'],
  },
} as const satisfies Readonly<Record<string, Definition>>

/** Name of a metric. */
export type MetricName = keyof typeof DEFINITIONS
