import type { ColumnName } from '../../shared/columns.js'
import type { LiveExchange, Series, Session, State, Tick } from '../../shared/state.js'
import type { Connection } from './client.js'

const MOST_LIVE = 200

/** State as the page knows it, kept up to date by ticks. */
export class Model {
  readonly session: Session
  state: State
  connection: Connection = 'polling'
  processes: number
  /** The last exchanges, newest first. */
  live: readonly LiveExchange[] = []
  readonly #listeners = new Set<() => void>()

  constructor(session: Session, state: State) {
    this.session = session
    this.state = state
    this.processes = state.processes.length
    this.#addLive(state.live)
  }

  /** Calls the listener at each change; returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  replace(state: State): void {
    this.state = state
    this.processes = state.processes.length
    this.#addLive(state.live)
    this.#changed()
  }

  tick({ at, inFlight, processes, windows, purges, seconds, live }: Tick): void {
    const merged = mergeSeries(this.state.seconds, seconds, 300)
    const known = purges.length > this.state.purges.length ? purges : this.state.purges
    this.state = { ...this.state, at, inFlight, windows, seconds: merged, purges: withNew(known, purges) }
    this.processes = processes
    this.#addLive(live)
    this.#changed()
  }

  setConnection(connection: Connection): void {
    if (this.connection === connection) return
    this.connection = connection
    this.#changed()
  }

  #addLive(live: readonly LiveExchange[]): void {
    const key = (it: LiveExchange) => `${it.process} ${it.n}`
    const known = new Set(this.live.map(key))
    const fresh = live.filter((it) => !known.has(key(it)))
    if (fresh.length === 0) return
    const all = [...fresh, ...this.live].sort((one, other) => other.at - one.at || other.n - one.n)
    this.live = all.slice(0, MOST_LIVE)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function withNew(known: State['purges'], told: State['purges']): State['purges'] {
  const newest = known.at(-1)?.at ?? 0
  const kept = known.filter(({ at }) => at < (told[0]?.at ?? Number.POSITIVE_INFINITY))
  return newest === 0 || told.length > 0 ? [...kept, ...told].slice(-100) : known
}

/** Puts the last steps of a chart in the place of those that are known. */
function mergeSeries(known: Series, told: Series, length: number): Series {
  const by = told.last - known.last
  const count = Math.max(0, ...Object.values(told.columns).map((values) => values.length))
  const names = new Set([...Object.keys(known.columns), ...Object.keys(told.columns)]) as Set<ColumnName>
  const columns = [...names].map((name) => {
    const moved = [
      ...padded(known.columns[name] ?? [], length),
      ...new Array<number>(Math.max(0, by)).fill(0),
    ]
    const before = moved.slice(-length, count === 0 ? undefined : -count)
    return [name, [...before, ...padded(told.columns[name] ?? [], count)]] as const
  })
  return { step: told.step, last: told.last, columns: Object.fromEntries(columns) }
}

/** Values up to the same end, with zeros at the beginning. */
export function padded(values: readonly number[], length: number): readonly number[] {
  const last = length === 0 ? [] : values.slice(-length)
  return [...new Array<number>(length - last.length).fill(0), ...last]
}
