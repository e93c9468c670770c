import type { CacheEventDetail } from '@sitecache/core'
import type { ExchangeEvent } from '@sitecache/http'
import type { ResultName } from '../shared/columns.js'
import type { LiveExchange } from '../shared/state.js'

const MOST = 200

interface Held {
  readonly at: number
  readonly event: ExchangeEvent & CacheEventDetail
}

/** The last exchanges of this process. */
export class LiveExchanges {
  readonly #process: string
  readonly #held: Held[] = []
  #count = 0

  constructor(process: string) {
    this.#process = process
  }

  add(event: ExchangeEvent & CacheEventDetail, at: number): void {
    this.#held[this.#count % MOST] = { at, event }
    this.#count += 1
  }

  /** Returns the last ones, oldest first. */
  last(most: number): readonly LiveExchange[] {
    const count = Math.min(most, this.#held.length)
    const found: LiveExchange[] = []
    for (let n = this.#count - count; n < this.#count; n += 1) {
      const held = this.#held[n % MOST]
      if (held !== undefined) found.push(this.#shown(held, n + 1))
    }
    return found
  }

  #shown({ at, event }: Held, n: number): LiveExchange {
    const { cache, route = '(none)', result, reason, purpose, status, durationMs, renderMs, bytes } = event
    return {
      n,
      process: this.#process,
      at,
      cache,
      route,
      result: result as ResultName,
      reason,
      purpose,
      status,
      ms: rounded(durationMs),
      renderMs: renderMs === undefined ? undefined : rounded(renderMs),
      bytes,
    }
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
