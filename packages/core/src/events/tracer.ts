import type { CacheEventDetail } from './cache-events.js'

/** Outcome of an exchange, as far as it is known. */
export interface TracedOutcome {
  readonly result: string
  readonly reason?: string | undefined
  readonly route?: string | undefined
  /** Seconds. */
  readonly ttl?: number | undefined
  readonly age?: number | undefined
  /** Milliseconds for which it waited for the render of another request. */
  readonly waitMs?: number | undefined
}

/** Operation of a store that is waited for. */
export interface TracedOperation {
  readonly cache: string
  readonly store: string
  readonly operation: string
  /** Bytes that are stored. */
  readonly bytes?: number | undefined
  /** Seconds for which they are stored; undefined: not known, or for ever. */
  readonly ttl?: number | undefined
}

/**
 * Runs steps of a cache within spans of its own. Each method calls `run` once, at once, and returns
 * what it returns.
 */
export interface CacheTracer {
  /** @param exchange stands for the exchange in later calls */
  render<T>(exchange: object, cache: string, run: () => T): T
  /** The outcome is known, or has changed; the response may not be over. */
  told(exchange: object, cache: string, outcome: TracedOutcome): void
  /** @param detail of the event `exchange` */
  ended(exchange: object, detail: CacheEventDetail): void
  refresh<T>(cache: string, run: () => Promise<T>): Promise<T>
  operation<T>(operation: TracedOperation, run: () => Promise<T>): Promise<T>
  /** @param key full key of the value that is looked up, and computed on a miss */
  value<T>(cache: string, key: string, run: () => Promise<T>): Promise<T>
}
