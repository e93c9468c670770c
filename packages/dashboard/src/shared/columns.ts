/** Results of exchanges, in the order in which they are stacked. */
export const RESULTS = [
  'hit',
  'filled',
  'stale',
  'collapsed',
  'revalidated',
  'miss',
  'unstorable',
  'unsatisfiable',
  'bypass',
] as const

/** Result of an exchange with a layer of cache. */
export type ResultName = (typeof RESULTS)[number]

/** Results whose client got a page that was not rendered for it. */
export const SERVED: readonly ResultName[] = ['hit', 'filled', 'stale', 'collapsed', 'revalidated']

/** Numbers that are kept for each second and minute, beside the results and the histograms. */
export const SUMS = ['savedMs', 'cacheBytes', 'handlerBytes'] as const

/** Name of a column of a chart. */
export type ColumnName = ResultName | (typeof SUMS)[number]

/** Columns of charts, in the order in which they stand in a row. */
export const COLUMNS: readonly ColumnName[] = [...RESULTS, ...SUMS]

/** Bounds of the histograms in a row, in seconds. */
export interface Bounds {
  readonly hit: readonly number[]
  readonly render: readonly number[]
}

/** Place of the two histograms in a row of numbers. */
export function layoutOf(bounds: Bounds) {
  const hit = COLUMNS.length
  const render = hit + bounds.hit.length + 1
  return { hit, render, width: render + bounds.render.length + 1 }
}
