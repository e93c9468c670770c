import { setTimeout as sleep } from 'node:timers/promises'
import { visit } from './visitor.js'

/** What came of the requests in some stretch of a load. */
export interface Tally {
  requests: number
  hits: number
  /** Requests that were not answered, or not with 200. */
  lost: number
  /** The longest that one took, in milliseconds. */
  slowest: number
}

const VISITORS = 6
/** Milliseconds for which a visitor reads. */
const READING = 10

/** Visitors that keep reading all articles in turn. */
export class Load {
  readonly #base: string
  readonly #articles: number
  readonly #visitors: readonly Promise<void>[]
  #tally: Tally = emptyTally()
  #running = true

  constructor(base: string, articles: number) {
    this.#base = base
    this.#articles = articles
    this.#visitors = Array.from({ length: VISITORS }, (_, i) => this.#read(i * 7))
  }

  /** What came of it since this was last asked. */
  take(): Tally {
    const tally = this.#tally
    this.#tally = emptyTally()
    return tally
  }

  async stop(): Promise<void> {
    this.#running = false
    await Promise.all(this.#visitors)
  }

  async #read(first: number): Promise<void> {
    for (let i = first; this.#running; i++) {
      const tally = await this.#readOne(`/articles/${i % this.#articles}`)
      this.#tally = added(this.#tally, tally)
      await sleep(READING)
    }
  }

  async #readOne(path: string): Promise<Tally> {
    try {
      const { status, hit, milliseconds } = await visit(this.#base, path)
      return { requests: 1, hits: hit ? 1 : 0, lost: status === 200 ? 0 : 1, slowest: milliseconds }
    } catch {
      return { requests: 1, hits: 0, lost: 1, slowest: 0 }
    }
  }
}

/** Nothing yet. */
export function emptyTally(): Tally {
  return { requests: 0, hits: 0, lost: 0, slowest: 0 }
}

/** Both stretches together. */
export function added(one: Tally, other: Tally): Tally {
  return {
    requests: one.requests + other.requests,
    hits: one.hits + other.hits,
    lost: one.lost + other.lost,
    slowest: Math.max(one.slowest, other.slowest),
  }
}
