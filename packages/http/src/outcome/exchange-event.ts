import type { Forward } from './forwards.js'
import type { Reason } from './reasons.js'
import type { Result } from './results.js'

/**
 * End of an exchange with a layer of cache: details of the event `exchange`. Nothing in it is a
 * visitor's: no URL, key, header or tag.
 */
export interface ExchangeEvent {
  /** Alias of the cache. */
  readonly cache: string
  readonly result: Result
  readonly reason?: Reason | undefined
  /** Why the request went on to the handler; undefined: it did not. */
  readonly forward?: Forward | undefined
  /**
   * Pattern of the route that answers, such as `/articles/:id`; undefined where none has matched.
   */
  readonly route?: string | undefined
  /**
   * Purpose of a request of the cache's own, `warm` of one that `warm()` has made in this process;
   * undefined: a client made it.
   */
  readonly purpose?: 'refresh' | 'refetch' | 'warm' | undefined
  readonly policy: 'django' | 'rfc9111'
  /** Status of the response; 0: there was none. */
  readonly status: number
  /** Milliseconds from the arrival of the request until the page was looked up. */
  readonly lookupMs?: number | undefined
  /** Milliseconds for which it waited for the render of another request. */
  readonly waitMs?: number | undefined
  /** Milliseconds that the handler took until its head. */
  readonly renderMs?: number | undefined
  /** Milliseconds that the served page had taken to render: they were saved. */
  readonly savedMs?: number | undefined
  /** Milliseconds from the arrival of the request until the last byte was handed over. */
  readonly durationMs: number
  /** Bytes of the response's body. */
  readonly bytes: number
  /** Where the body comes from. */
  readonly source: 'cache' | 'handler'
  /** Age of the served page, in seconds. */
  readonly age?: number | undefined
  /** Seconds for which the page stays fresh; negative: stale. Infinity: forever. */
  readonly ttl?: number | undefined
  /** Variants of the URL that are stored. */
  readonly variants?: number | undefined
  /**
   * The request went on to another layer of the same cache, within this one: that layer's event
   * tells what became of it. Metrics and dashboard count the innermost alone.
   */
  readonly isPassedOn?: boolean | undefined
}
