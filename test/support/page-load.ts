import { Agent, get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Cache } from '@sitecache/core'
import { until } from './servers/redis.js'
import { stopwatch } from './stopwatch.js'

/** What came of the requests of a load, in some stretch of it. */
export interface PageTally {
  hits: number
  misses: number
  /** 'error' events of the cache. */
  errors: number
  /** Requests that got no answer, another status than 200, or another body than the page's. */
  lost: number
}

/** What is asked for, and of whom. */
export interface PageLoadOptions {
  readonly url: string
  readonly paths: readonly string[]
  /** Of the pages: its events are counted. */
  readonly cache: Cache
  /** Whether a body is one that the handler may have written for the path. */
  isPage(path: string, body: string): boolean
  readonly visitors?: number
}

/** Different messages that are kept. */
const MAX_SAID = 200

const NONE: PageTally = { hits: 0, misses: 0, errors: 0, lost: 0 }

/** Visitors that keep asking an application for its pages, over connections that stand. */
export class PageLoad {
  /** Requests that were lost so far. */
  lost = 0
  /** The longest that a request took so far, in milliseconds. */
  slowest = 0
  /** 'error' events so far. */
  errors = 0
  readonly #options: PageLoadOptions
  readonly #agent = new Agent({ keepAlive: true })
  readonly #ended: Promise<unknown>
  #tally: PageTally = { ...NONE }
  #running = true
  readonly #said = new Set<string>()
  #lastLoss = ''

  constructor(options: PageLoadOptions) {
    this.#options = options
    options.cache.on('error', ({ error }) => {
      this.errors += 1
      this.#tally.errors += 1
      if (error instanceof Error && this.#said.size < MAX_SAID) this.#said.add(error.message)
    })
    const { visitors = 4 } = options
    this.#ended = Promise.all(Array.from({ length: visitors }, (_, i) => this.#visit(i)))
  }

  /** What came of it since the last `take`. */
  get tally(): Readonly<PageTally> {
    return this.#tally
  }

  /** What came of it since the last time that this was asked. */
  take(): PageTally {
    const tally = this.#tally
    this.#tally = { ...NONE }
    return tally
  }

  /** Whether an 'error' event has said so: while a server fails there are several, and none need be the last. */
  hasSaid(what: RegExp): boolean {
    return [...this.#said].some((message) => what.test(message))
  }

  /** What the last request that was lost got; empty when none was. */
  get lastLoss(): string {
    return this.#lastLoss
  }

  /** Waits until every page is a hit again, for as many requests as there are visitors and pages. */
  async hitsOnly(): Promise<void> {
    this.take()
    await until(() => {
      const { hits, misses } = this.#tally
      if (misses > 0) this.take()
      return misses === 0 && hits > this.#options.paths.length * 8
    })
  }

  async stop(): Promise<void> {
    this.#running = false
    await this.#ended
    this.#agent.destroy()
  }

  async #visit(first: number): Promise<void> {
    const { paths } = this.#options
    for (let i = first; this.#running; i++) {
      const elapsed = stopwatch()
      await this.#ask(paths[i % paths.length] ?? '/').catch((error: unknown) => this.#lose(String(error)))
      this.slowest = Math.max(this.slowest, elapsed())
      // A visitor looks at what it got before it asks again.
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  async #ask(path: string): Promise<void> {
    const response = await this.#get(path)
    const body = await text(response)
    const { statusCode, headers } = response
    if (statusCode !== 200 || !this.#options.isPage(path, body)) {
      this.#lose(`${statusCode} ${body.slice(0, 100)}`)
    } else if (/; hit/.test(String(headers['cache-status']))) this.#tally.hits += 1
    else this.#tally.misses += 1
  }

  #get(path: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { agent: this.#agent, signal: AbortSignal.timeout(15_000) }
      get(this.#options.url + path, options, resolve).on('error', reject)
    })
  }

  #lose(what: string): void {
    this.lost += 1
    this.#tally.lost += 1
    this.#lastLoss = what
  }
}
