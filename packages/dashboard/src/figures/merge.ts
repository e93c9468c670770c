import type { Figures, Series, Snapshot, State, Windows } from '../shared/state.js'
import { addRoutes, addRows, addSeries, addStores, addValues } from './add.js'
import { BOUNDS } from './recorder.js'

/**
 * Adds up the figures of processes, each once, whose dashboards show the same caches.
 *
 * @param sharedBy how they hear of each other
 */
export function merge(own: Snapshot, others: readonly Snapshot[], sharedBy: string): State {
  const all: readonly [Snapshot, ...Snapshot[]] = [own, ...othersOf(own, others)]
  return {
    bounds: BOUNDS,
    sharedBy,
    processes: all.map((it) => it.process).sort((one, other) => (one.id < other.id ? -1 : 1)),
    at: own.at,
    inFlight: all.reduce((sum, { inFlight }) => sum + inFlight, 0),
    windows: addWindows(all),
    seconds: addSeries(series(all, 'seconds'), 300),
    minutes: addSeries(series(all, 'minutes'), 60),
    tens: addSeries(series(all, 'tens'), 144),
    routes: addRoutes(all.map(({ routes }) => routes)),
    stores: addStores(all.map(({ stores }) => stores)),
    values: addValues(all.map(({ values }) => values)),
    purges: byTime(all.flatMap(({ purges }) => purges)).slice(-100),
    live: byTime(all.flatMap(({ live }) => live)).slice(-200),
  }
}

/** Milliseconds by which clocks may differ; charts of others that are further off are left out. */
const MOST_SKEW_MS = 10 * 60_000

function othersOf(own: Snapshot, others: readonly Snapshot[]): readonly Snapshot[] {
  const { instance, scope } = own.process
  const byInstance = new Map<string, Snapshot>()
  for (const other of others) {
    const isOwn = other.process.instance === instance || other.process.scope !== scope
    if (!isOwn && !byInstance.has(other.process.instance)) byInstance.set(other.process.instance, other)
  }
  return [...byInstance.values()].map((other) => ({
    ...other,
    seconds: inStep(own.seconds, other.seconds),
    minutes: inStep(own.minutes, other.minutes),
    tens: inStep(own.tens, other.tens),
  }))
}

function inStep(own: Series, other: Series): Series {
  const skew = Math.abs(own.last - other.last) * own.step
  return other.step === own.step && skew <= MOST_SKEW_MS ? other : { ...own, columns: {} }
}

function series(
  [first, ...others]: readonly [Snapshot, ...Snapshot[]],
  name: 'seconds' | 'minutes' | 'tens',
): readonly [Figures[typeof name], ...Figures[typeof name][]] {
  return [first[name], ...others.map((it) => it[name])]
}

function addWindows(all: readonly Snapshot[]): Windows {
  const sum = (name: keyof Windows) => addRows(all.map(({ windows }) => windows[name]))
  return { minute: sum('minute'), hour: sum('hour'), day: sum('day'), all: sum('all') }
}

function byTime<T extends { readonly at: number }>(items: readonly T[]): readonly T[] {
  return [...items].sort((one, other) => one.at - other.at)
}
