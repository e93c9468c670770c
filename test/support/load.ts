import type { Cache } from '@sitecache/core'
import { until } from './servers/redis.js'
import { stopwatch } from './stopwatch.js'

/** What came of the operations of a load, in some stretch of it. */
export interface Tally {
  hits: number
  misses: number
  /** 'error' events. */
  errors: number
  rejected: number
  /** The longest that an operation took, in milliseconds. */
  slowest: number
}

/** Requests that keep coming: each looks up a key, and sets it on a miss, as a page's would. */
export class Load {
  /** Operations that rejected up to the last `take`: with `onError: 'miss'` there must be none. */
  rejected = 0
  /** The longest that one took up to the last `take`, in milliseconds. */
  slowest = 0
  readonly #cache: Cache
  readonly #keys: readonly string[]
  readonly #visitors: number
  readonly #ended: Promise<unknown>
  /** Hits since the last miss. */
  #streak = 0
  #tally: Tally = { hits: 0, misses: 0, errors: 0, rejected: 0, slowest: 0 }
  #running = true
  #lastError: unknown

  constructor(cache: Cache, { visitors = 4, keys = ['page'] } = {}) {
    this.#cache = cache
    this.#keys = keys
    this.#visitors = visitors
    cache.on('error', ({ error }) => {
      this.#tally.errors++
      this.#lastError = error
    })
    this.#ended = Promise.all(Array.from({ length: visitors }, (_, i) => this.#visit(i)))
  }

  /** What came of it since the last time that this was asked. */
  take(): Tally {
    const tally = this.#tally
    this.#tally = { hits: 0, misses: 0, errors: 0, rejected: 0, slowest: 0 }
    this.rejected += tally.rejected
    this.slowest = Math.max(this.slowest, tally.slowest)
    return tally
  }

  /** What came of it since then, so far. */
  get tally(): Readonly<Tally> {
    return this.#tally
  }

  /** Waits until all that is asked is found again: by every visitor, every key. */
  async hitsOnly(): Promise<void> {
    this.#streak = 0
    const enough = Math.max(20, this.#visitors * this.#keys.length)
    await until(() => this.#streak >= enough)
    this.take()
  }

  /** What the last 'error' event said. */
  get said(): string {
    return this.#lastError instanceof Error ? this.#lastError.message : ''
  }

  async stop(): Promise<void> {
    this.#running = false
    await this.#ended
    this.take()
  }

  async #visit(first: number): Promise<void> {
    for (let i = first; this.#running; i++) {
      const key = this.#keys[i % this.#keys.length] ?? ''
      const elapsed = stopwatch()
      try {
        if ((await this.#cache.get(key)) === undefined) {
          this.#tally.misses++
          this.#streak = 0
          await this.#cache.set(key, { body: 'x'.repeat(2000) }, 60)
        } else {
          this.#tally.hits++
          this.#streak++
        }
      } catch {
        this.#tally.rejected++
      }
      this.#tally.slowest = Math.max(this.#tally.slowest, elapsed())
      // A visitor looks at what it got before it asks again.
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
}
