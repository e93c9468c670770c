import type { Figures, Snapshot, State, Windows } from '../shared/state.js'
import { addRoutes, addRows, addSeries, addStores, addValues } from './add.js'
import { BOUNDS } from './recorder.js'

/** Adds up the figures of processes. @param sharedBy how they hear of each other */
export function merge(own: Snapshot, others: readonly Snapshot[], sharedBy: string): State {
  const all: readonly [Snapshot, ...Snapshot[]] = [own, ...others]
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
