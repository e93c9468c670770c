import { isWithin } from '../shared/clock.js'
import type { LiveExchange, PurgeFigures, Series, State, Tick } from '../shared/state.js'
import type { Visit } from './types.js'

/** Most streams at a time; the pages beyond poll. */
export const MAX_STREAMS = 20
const TICK_MS = 1000
const HEARTBEAT_MS = 15_000
/** Milliseconds after which a stream ends: its client comes again, and is authorized again. */
const LONGEST_MS = 5 * 60_000
/** Seconds of the charts that are told anew with each tick: other processes tell theirs later. */
const TOLD_SECONDS = 12

interface Stream {
  readonly visit: Visit
  readonly began: number
  /** Number of the last exchange that was told, by process. */
  readonly told: Map<string, number>
  isWaiting: boolean
  toldAt: number
}

/** Streams of events (text/event-stream), each of which gets what changes each second. */
export class Streams {
  readonly #state: () => Promise<State>
  readonly #now: () => number
  readonly #open = new Set<Stream>()
  #timer: NodeJS.Timeout | undefined
  #isTicking = false

  constructor(state: () => Promise<State>, now: () => number) {
    this.#state = state
    this.#now = now
  }

  get size(): number {
    return this.#open.size
  }

  /** Opens a stream. @returns false: there are as many as there may be */
  open(visit: Visit): boolean {
    if (this.#open.size >= MAX_STREAMS) return false
    const { res } = visit
    const stream: Stream = {
      visit,
      began: this.#now(),
      told: new Map(),
      isWaiting: false,
      toldAt: this.#now(),
    }
    res.statusCode = 200
    res.setHeader('Content-Type', 'text/event-stream; charset=utf-8')
    // nginx would collect what is written.
    res.setHeader('X-Accel-Buffering', 'no')
    res.once('close', () => this.#end(stream))
    res.on('drain', () => {
      stream.isWaiting = false
    })
    res.on('error', () => this.#end(stream))
    res.write('retry: 2000\n\n')
    this.#open.add(stream)
    this.#timer ??= setInterval(() => void this.tick(), TICK_MS).unref()
    void this.tick()
    return true
  }

  /** Tells all streams what has changed. Never rejects. */
  async tick(): Promise<void> {
    if (this.#isTicking) return
    this.#isTicking = true
    try {
      const state = await this.#state()
      for (const stream of this.#open) this.#tell(stream, state)
    } catch {
      // The next tick tells it.
      for (const stream of this.#open) this.#beat(stream)
    } finally {
      this.#isTicking = false
    }
  }

  close(): void {
    for (const stream of this.#open) {
      stream.visit.res.end()
      this.#end(stream)
    }
  }

  #tell(stream: Stream, state: State): void {
    const { res } = stream.visit
    if (!isWithin(LONGEST_MS, stream.began, this.#now())) {
      res.end()
      this.#end(stream)
      return
    }
    // A client that does not read gets nothing more until it does.
    if (stream.isWaiting) return
    stream.toldAt = this.#now()
    stream.isWaiting = !res.write(`event: tick\ndata: ${JSON.stringify(tickOf(state, stream.told))}\n\n`)
    const { flush } = res as { flush?: unknown }
    if (typeof flush === 'function') flush.call(res)
  }

  /** Shows a proxy that the stream is alive, where there is nothing to tell. */
  #beat(stream: Stream): void {
    if (stream.isWaiting || isWithin(HEARTBEAT_MS, stream.toldAt, this.#now())) return
    stream.toldAt = this.#now()
    stream.isWaiting = !stream.visit.res.write(': still here\n\n')
  }

  #end(stream: Stream): void {
    this.#open.delete(stream)
    if (this.#open.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/** Returns what a client is told; exchanges that it was told before are left out, and noted. */
export function tickOf(state: State, told: Map<string, number>): Tick {
  const { at, inFlight, windows, purges } = state
  const live = newOf(state.live, told)
  const seconds = tailOf(state.seconds, TOLD_SECONDS)
  return { at, inFlight, processes: state.processes.length, windows, purges: lastOf(purges), live, seconds }
}

function newOf(live: readonly LiveExchange[], told: Map<string, number>): readonly LiveExchange[] {
  const fresh = live.filter(({ process, n }) => n > (told.get(process) ?? 0))
  for (const { process, n } of fresh) told.set(process, Math.max(n, told.get(process) ?? 0))
  return fresh
}

function lastOf(purges: readonly PurgeFigures[]): readonly PurgeFigures[] {
  return purges.slice(-20)
}

function tailOf(series: Series, count: number): Series {
  const columns = Object.entries(series.columns).map(
    ([name, values]) => [name, values.slice(-count)] as const,
  )
  return { ...series, columns: Object.fromEntries(columns) }
}
