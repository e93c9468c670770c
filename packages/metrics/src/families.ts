import { DEFINITIONS, type Definition, type MetricName } from './definitions.js'
import { Family, HistogramSeries, NumberSeries } from './series.js'

/** Names of the metrics that are histograms. */
type HistogramName = {
  [K in MetricName]: (typeof DEFINITIONS)[K]['type'] extends 'histogram' ? K : never
}[MetricName]

/** All metrics, by name. */
export type Families = {
  readonly [K in MetricName]: Family<K extends HistogramName ? HistogramSeries : NumberSeries>
}

/** Makes all metrics, without a series. */
export function makeFamilies(): Families {
  const made = Object.entries(DEFINITIONS).map(([name, definition]: [string, Definition]) => {
    const { type, buckets = [] } = definition
    const make = () => (type === 'histogram' ? new HistogramSeries(buckets) : new NumberSeries())
    return [name, new Family(name, definition, make)]
  })
  return Object.fromEntries(made) as Families
}

/** Returns the metrics in the order in which they are written. */
export function familiesOf(families: Families): readonly Family<NumberSeries | HistogramSeries>[] {
  return Object.values(families)
}
