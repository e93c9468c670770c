import type { Family, HistogramSeries, NumberSeries, Sample } from './series.js'

/** How the numbers of several processes are put together, in the words of the clients. */
export type Aggregator = 'sum' | 'first' | 'max'

/** A metric as both clients take it: an object whose numbers are read at each scrape. */
export interface ClientMetric {
  /** A client in OpenMetrics mode renames counters. */
  name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly aggregator: Aggregator
  get(): Promise<ClientMetricValues>
  reset(): void
}

/** Numbers of a metric at a scrape. */
export interface ClientMetricValues extends Omit<ClientMetric, 'get' | 'reset'> {
  readonly values: readonly Sample[]
}

/** Registry of `prom-client` or `@prometheus-io/client`. */
export interface ClientRegistry {
  registerMetric(metric: never): void
}

/** Makes a metric for a registry. @param fresh resolves once the gauges are up to date */
export function clientMetric(
  family: Family<NumberSeries | HistogramSeries>,
  aggregator: Aggregator,
  fresh: () => Promise<void>,
): ClientMetric {
  const { help, type } = family.definition
  return {
    name: family.name,
    help,
    type,
    aggregator,
    async get() {
      await fresh()
      return { name: this.name, help, type, aggregator, values: family.samples() }
    },
    // The numbers are those of the caches: a client can't set them back.
    reset() {},
  }
}
