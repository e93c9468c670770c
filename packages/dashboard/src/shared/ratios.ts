import { COLUMNS, type ColumnName, RESULTS, SERVED } from './columns.js'
import type { Counts } from './state.js'

/** Requests by what the ratios are made of. */
export interface Ratios {
  /** All requests. */
  readonly all: number
  /** Those that were looked up: all but `bypass`. */
  readonly lookedUp: number
  readonly served: number
  /** Share of those looked up whose client got a stored page; undefined: none was looked up. */
  readonly servedRatio: number | undefined
  /** Share of those looked up for which no handler was asked. */
  readonly offloadRatio: number | undefined
}

/** Returns the ratios of counts by result. */
export function ratiosOf(results: Counts): Ratios {
  const sum = (names: readonly string[]) => names.reduce((total, name) => total + (results[name] ?? 0), 0)
  const all = sum(RESULTS)
  const lookedUp = all - (results.bypass ?? 0)
  const served = sum(SERVED)
  const offloaded = served - (results.revalidated ?? 0)
  const share = (part: number) => (lookedUp === 0 ? undefined : part / lookedUp)
  return { all, lookedUp, served, servedRatio: share(served), offloadRatio: share(offloaded) }
}

/** Returns the columns of a row by name. */
export function columnsOf(row: readonly number[]): Readonly<Record<ColumnName, number>> {
  const pairs = COLUMNS.map((name, i) => [name, row[i] ?? 0] as const)
  return Object.fromEntries(pairs) as Record<ColumnName, number>
}
