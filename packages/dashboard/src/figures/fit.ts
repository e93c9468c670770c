import type { RouteFigures, Snapshot } from '../shared/state.js'
import { addRoutes } from './add.js'

/** Most bytes of a snapshot that is told to other processes. */
export const MAX_BYTES = 32 * 1024

/** Live exchanges and routes that are told, at each attempt to make a snapshot fit. */
const attempts = [
  { live: 40, routes: 100, series: true },
  { live: 20, routes: 50, series: true },
  { live: 10, routes: 25, series: false },
  { live: 0, routes: 8, series: false },
]

/** Writes a snapshot in `MAX_BYTES` at the most: with fewer routes, so that no sum is changed. */
export function textOf(snapshot: Snapshot): string {
  for (const attempt of attempts) {
    const text = JSON.stringify(reduced(snapshot, attempt), roundNumbers)
    if (Buffer.byteLength(text) <= MAX_BYTES) return text
  }
  return JSON.stringify(
    { ...reduced(snapshot, attempts[3]), routes: [], values: [], purges: [] },
    roundNumbers,
  )
}

function reduced(
  snapshot: Snapshot,
  { live, routes, series } = attempts[0] ?? { live: 0, routes: 0, series: true },
): Snapshot {
  const purges = snapshot.purges.slice(-live)
  const shown = {
    ...snapshot,
    live: live === 0 ? [] : snapshot.live.slice(-live),
    purges,
    routes: fewer(snapshot.routes, routes),
  }
  return series
    ? shown
    : { ...shown, seconds: { ...snapshot.seconds, columns: {} }, values: snapshot.values.slice(0, 20) }
}

/** The routes with the most requests; the others are one. */
function fewer(routes: readonly RouteFigures[], most: number): readonly RouteFigures[] {
  if (routes.length <= most) return routes
  const sorted = [...routes].sort((one, other) => requestsOf(other) - requestsOf(one))
  const rest = sorted.slice(most).map((route) => ({ ...route, route: '(other)' }))
  return addRoutes([sorted.slice(0, most), rest])
}

function requestsOf({ results }: RouteFigures): number {
  return Object.values(results).reduce((sum, count) => sum + count, 0)
}

/** Times need no more digits than they have in a chart. */
function roundNumbers(_name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isInteger(value)) return value
  return Math.round(value * 1e6) / 1e6
}
