import { layoutOf } from '../../shared/columns.js'
import { quantile } from '../../shared/quantile.js'
import { columnsOf, type Ratios, ratiosOf } from '../../shared/ratios.js'
import type { State, Windows } from '../../shared/state.js'

/** Stretch of time that figures are of. */
export type WindowName = keyof Windows

/** Quantiles of a duration, in seconds; undefined: nothing was observed. */
export interface Quantiles {
  readonly p50: number | undefined
  readonly p95: number | undefined
  readonly p99: number | undefined
}

/** Figures of a stretch of time. */
export interface WindowFigures extends Ratios {
  readonly savedSeconds: number
  readonly cacheBytes: number
  readonly handlerBytes: number
  readonly hit: Quantiles
  readonly render: Quantiles
}

/** Reads the row of a window. */
export function windowFigures({ bounds, windows }: State, name: WindowName): WindowFigures {
  const row = windows[name]
  const { hit, render, width } = layoutOf(bounds)
  const columns = columnsOf(row)
  const quantiles = (counts: readonly number[], of: readonly number[]): Quantiles => ({
    p50: quantile(counts, of, 0.5),
    p95: quantile(counts, of, 0.95),
    p99: quantile(counts, of, 0.99),
  })
  return {
    ...ratiosOf(columns),
    savedSeconds: columns.savedMs / 1000,
    cacheBytes: columns.cacheBytes,
    handlerBytes: columns.handlerBytes,
    hit: quantiles(row.slice(hit, render), bounds.hit),
    render: quantiles(row.slice(render, width), bounds.render),
  }
}

/** Seconds that a window is long, so far. */
export function secondsOf({ processes, at }: State, name: WindowName): number {
  const since = Math.max(1, (at - Math.min(...processes.map(({ started }) => started))) / 1000)
  const longest = { minute: 60, hour: 3600, day: 86_400, all: Number.POSITIVE_INFINITY }[name]
  return Math.min(since, longest)
}
