import type {
  Counts,
  Histogram,
  OperationFigures,
  RouteFigures,
  Series,
  StoreFigures,
  StoreSize,
  ValueFigures,
} from '../shared/state.js'

/** Sums of figures, of several processes or routes. Their names may come from elsewhere. */

/** Adds rows, column by column. */
export function addRows(rows: readonly (readonly number[])[]): number[] {
  const length = Math.max(0, ...rows.map((row) => row.length))
  return Array.from({ length }, (_, i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0))
}

/** Adds counts, name by name. */
export function addCounts(all: readonly Counts[]): Record<string, number> {
  const sums = new Map<string, number>()
  for (const counts of all)
    for (const [name, count] of Object.entries(counts)) sums.set(name, (sums.get(name) ?? 0) + count)
  return Object.fromEntries(sums)
}

export function addHistograms(all: readonly Histogram[]): Histogram {
  return { counts: addRows(all.map(({ counts }) => counts)), sum: sumOf(all, ({ sum }) => sum) }
}

/** Adds charts, up to the last step of the newest; all are of the same step. */
export function addSeries(all: readonly [Series, ...Series[]], length: number): Series {
  const last = Math.max(...all.map((series) => series.last))
  const names = new Set(all.flatMap(({ columns }) => Object.keys(columns) as (keyof Series['columns'])[]))
  const columns = [...names].map((name) => {
    const parts = all.map((series) => shifted(series.columns[name] ?? [], last - series.last, length))
    const longest = Math.max(...parts.map((part) => part.length))
    return [name, addRows(parts.map((part) => withZeros(part, longest)))] as const
  })
  return { step: all[0].step, last, columns: Object.fromEntries(columns) }
}

/** The last values, as they stand in a chart that ends so many steps later. */
function shifted(values: readonly number[], by: number, length: number): readonly number[] {
  return [...values, ...new Array<number>(Math.min(by, length)).fill(0)].slice(-length)
}

/** Values up to the same end, with zeros at the beginning. */
function withZeros(values: readonly number[], length: number): readonly number[] {
  return [...new Array<number>(length - values.length).fill(0), ...values]
}

export function addRoutes(all: readonly (readonly RouteFigures[])[]): readonly RouteFigures[] {
  return grouped(all.flat(), ({ cache, route }) => [cache, route]).map(([first, ...others]) => {
    const routes = [first, ...others]
    return {
      ...first,
      results: addCounts(routes.map(({ results }) => results)),
      reasons: addCounts(routes.map(({ reasons }) => reasons)),
      render: addHistograms(routes.map(({ render }) => render)),
      savedSeconds: sumOf(routes, ({ savedSeconds }) => savedSeconds),
      bytes: sumOf(routes, ({ bytes }) => bytes),
      refreshes: sumOf(routes, ({ refreshes }) => refreshes),
      variants: Math.max(...routes.map(({ variants }) => variants)),
    }
  })
}

export function addValues(all: readonly (readonly ValueFigures[])[]): readonly ValueFigures[] {
  return grouped(all.flat(), ({ cache, kind, name }) => [cache, kind, name]).map(([first, ...others]) => ({
    ...first,
    results: addCounts([first, ...others].map(({ results }) => results)),
    compute: addHistograms([first, ...others].map(({ compute }) => compute)),
  }))
}

/** Adds the figures of stores; sizes of one that all processes share are those of the first. */
export function addStores(all: readonly (readonly StoreFigures[])[]): readonly StoreFigures[] {
  return grouped(all.flat(), ({ cache, store }) => [cache, store]).map(([first, ...others]) => {
    const stores = [first, ...others]
    const nears = stores.flatMap(({ near }) => (near === undefined ? [] : [near]))
    const buses = stores.flatMap(({ bus }) => (bus === undefined ? [] : [bus]))
    return {
      ...first,
      ...(first.isShared
        ? (stores.find(({ entries, bytes }) => (entries ?? bytes) !== undefined) ?? first)
        : addSizes(stores)),
      near: nears.length === 0 ? undefined : addSizes(nears),
      circuit: worst(stores.map(({ circuit }) => circuit)),
      evictions: addCounts(stores.map(({ evictions }) => evictions)),
      evictedUnused: sumOf(stores, ({ evictedUnused }) => evictedUnused),
      errors: addCounts(stores.map(({ errors }) => errors)),
      operations: addOperations(stores.flatMap(({ operations }) => operations)),
      ages: addHistograms(stores.map(({ ages }) => ages)),
      coalesced: sumOf(stores, ({ coalesced }) => coalesced),
      bus: buses.length === 0 ? undefined : (addCounts(buses) as NonNullable<StoreFigures['bus']>),
    }
  })
}

function addOperations(all: readonly OperationFigures[]): readonly OperationFigures[] {
  return grouped(all, ({ operation }) => [operation]).map(([first, ...others]) => ({
    ...first,
    ...addHistograms([first, ...others]),
    outcomes: addCounts([first, ...others].map(({ outcomes }) => outcomes)),
  }))
}

function addSizes(sizes: readonly StoreSize[]): StoreSize {
  const total = (name: keyof StoreSize) => {
    const known = sizes.flatMap((size) => size[name] ?? [])
    return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0)
  }
  return { entries: total('entries'), bytes: total('bytes'), limitBytes: total('limitBytes') }
}

function worst(circuits: readonly StoreFigures['circuit'][]): StoreFigures['circuit'] {
  return circuits.find((it) => it === 'open') ?? circuits.find((it) => it === 'half-open') ?? 'closed'
}

function sumOf<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((sum, item) => sum + read(item), 0)
}

function grouped<T>(items: readonly T[], namesOf: (item: T) => readonly string[]): readonly [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const key = namesOf(item).join('\0')
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [item])
    else known.push(item)
  }
  return [...groups.values()]
}
