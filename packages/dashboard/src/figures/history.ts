import { type ExchangeEvent, isOffloaded, isServed } from '@sitecache/http'
import { type Bounds, COLUMNS, type ColumnName, layoutOf, RESULTS } from '../shared/columns.js'
import type { Series, Windows } from '../shared/state.js'
import { TimeRing } from './ring.js'

const SECOND = 1000
const MINUTE = 60 * SECOND

const columnByResult = new Map<string, number>(RESULTS.map((name, i) => [name, i]))
const column = (name: ColumnName): number => COLUMNS.indexOf(name)
const SAVED = column('savedMs')
const CACHE_BYTES = column('cacheBytes')
const HANDLER_BYTES = column('handlerBytes')

/** Outcomes of requests: five minutes by seconds, a day by minutes, and all since the start. */
export class History {
  readonly #bounds: Bounds
  readonly #layout: ReturnType<typeof layoutOf>
  readonly #seconds: TimeRing
  readonly #minutes: TimeRing
  readonly #all: Float64Array
  /** Rows under way, which an exchange adds to. */
  #second = 0
  #minute = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#layout = layoutOf(bounds)
    const { width } = this.#layout
    this.#seconds = new TimeRing(300, SECOND, width)
    this.#minutes = new TimeRing(24 * 60, MINUTE, width)
    this.#all = new Float64Array(width)
  }

  /** Counts an exchange. A request of the cache's own is a render, and no request. */
  add(event: ExchangeEvent, now: number): void {
    const result = columnByResult.get(event.result)
    if (result === undefined) return
    this.#second = this.#seconds.rowAt(now)
    this.#minute = this.#minutes.rowAt(now)
    const { renderMs } = event
    if (renderMs !== undefined && event.result !== 'bypass' && event.status !== 0)
      this.#observe(this.#layout.render, this.#bounds.render, renderMs / 1000)
    if (event.purpose !== undefined) return
    this.#add(result, 1)
    this.#add(event.source === 'cache' ? CACHE_BYTES : HANDLER_BYTES, event.bytes)
    if (!isServed(event.result)) return
    if (isOffloaded(event.result)) this.#add(SAVED, event.savedMs ?? 0)
    if (event.result !== 'collapsed' && renderMs === undefined)
      this.#observe(this.#layout.hit, this.#bounds.hit, event.durationMs / 1000)
  }

  windows(now: number): Windows {
    return {
      minute: this.#seconds.sum(now, 60),
      hour: this.#minutes.sum(now, 60),
      day: this.#minutes.sum(now, 24 * 60),
      all: [...this.#all],
    }
  }

  /** The last seconds. @param count 300 at the most */
  seconds(now: number, count = 300): Series {
    return series(this.#seconds, now, count)
  }

  /** The last hour by minutes. */
  minutes(now: number): Series {
    return series(this.#minutes, now, 60)
  }

  /** The last day by ten minutes. */
  tens(now: number): Series {
    return series(this.#minutes, now, 144, 10)
  }

  #observe(first: number, bounds: readonly number[], seconds: number): void {
    let bucket = 0
    while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket += 1
    this.#add(first + bucket, 1)
  }

  /** Adds to a column of the rows under way. */
  #add(column: number, value: number): void {
    addTo(this.#seconds.data, this.#second + column, value)
    addTo(this.#minutes.data, this.#minute + column, value)
    addTo(this.#all, column, value)
  }
}

function addTo(numbers: Float64Array, at: number, value: number): void {
  numbers[at] = (numbers[at] ?? 0) + value
}

function series(ring: TimeRing, now: number, count: number, group = 1): Series {
  const step = ring.step * group
  const columns = COLUMNS.map((name, i) => [name, ring.column(now, count, i, group)] as const)
  return {
    step,
    last: Math.floor(now / step),
    columns: Object.fromEntries(columns.filter(([, values]) => values !== undefined)),
  }
}
