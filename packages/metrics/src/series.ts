import type { Definition } from './definitions.js'

/** One number of a metric, with the labels that it stands under. */
export interface Sample {
  /** Name where it is another than that of the metric: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** A counter or gauge under certain labels. */
export class NumberSeries {
  value = 0

  samples(_name: string, labels: Sample['labels']): readonly Sample[] {
    return [{ labels, value: this.value }]
  }
}

/** A histogram under certain labels. */
export class HistogramSeries {
  /** Called with each observation, too. */
  also: ((value: number) => void) | undefined
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  /** Observations by bucket, the infinite one at the end; not cumulative. */
  get counts(): readonly number[] {
    return this.#counts
  }

  get sum(): number {
    return this.#sum
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += value
    this.also?.(value)
  }

  samples(name: string, labels: Sample['labels']): readonly Sample[] {
    let count = 0
    const buckets = this.#counts.map((own, i) => {
      count += own
      const le = this.#bounds[i] ?? '+Inf'
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ]
  }
}

/** Called with a series, and the labels that it stands under. */
export type SeriesListener = (
  series: NumberSeries | HistogramSeries,
  labels: Readonly<Record<string, string>>,
) => void

/** A metric with all of its series. */
export class Family<S extends NumberSeries | HistogramSeries> {
  readonly name: string
  readonly definition: Definition
  readonly #make: () => S
  #made: SeriesListener | undefined
  readonly #series = new Map<string, { readonly values: readonly string[]; readonly series: S }>()

  constructor(name: string, definition: Definition, make: () => S) {
    this.name = name
    this.definition = definition
    this.#make = make
  }

  /** Returns the series under these values of the labels, in their order. */
  under(...values: readonly string[]): S {
    const key = values.join('\0')
    const known = this.#series.get(key)
    if (known !== undefined) return known.series
    const series = this.#make()
    this.#series.set(key, { values, series })
    this.#made?.(series, this.#labels(values))
    return series
  }

  /** Calls the listener with each series, those included that are made later. */
  eachSeries(listener: SeriesListener | undefined): void {
    this.#made = listener
    for (const { series, values } of this.#series.values()) listener?.(series, this.#labels(values))
  }

  clear(): void {
    this.#series.clear()
  }

  /** Returns each series with the values of its labels, in their order. */
  entries(): Iterable<{ readonly values: readonly string[]; readonly series: S }> {
    return this.#series.values()
  }

  samples(): readonly Sample[] {
    return [...this.#series.values()].flatMap(({ values, series }) => {
      return series.samples(this.name, this.#labels(values))
    })
  }

  #labels(values: readonly string[]): Readonly<Record<string, string>> {
    return Object.fromEntries(this.definition.labels.map((name, i) => [name, values[i] ?? '']))
  }
}
