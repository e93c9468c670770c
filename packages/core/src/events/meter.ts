import { warnOfOutage } from '../stores/guard/outage.js'
import type { StoreStats } from '../stores/store.js'
import { CACHE_EVENTS, type CacheEvent, type CacheEvents, type Detail } from './cache-events.js'

/** Counts of a cache since it was made. */
export interface CacheStats extends StoreStats {
  readonly hits: number
  readonly misses: number
  readonly stale: number
  /** Values set. */
  readonly sets: number
  /** Pages stored. */
  readonly stores: number
  readonly deletes: number
  /** Responses that were not stored, by reason. */
  readonly skips: Readonly<Record<string, number>>
  readonly evictions: number
  readonly errors: number
  /** Operations of the store that were waited for, in milliseconds. */
  readonly latency: { readonly count: number; readonly totalMs: number; readonly maxMs: number }
}

/** Bound for an application that makes up reasons of its own; ours are words of the code. */
const MAX_REASONS = 100

/** Counts events of a cache and emits them. */
export class Meter {
  readonly alias: string
  readonly #events: CacheEvents
  readonly #counts = Object.fromEntries(CACHE_EVENTS.map((event) => [event, 0])) as Record<CacheEvent, number>
  readonly #skips = new Map<string, number>()
  #latencyCount = 0
  #latencyTotal = 0
  #latencyMax = 0

  constructor(alias: string, events: CacheEvents) {
    this.alias = alias
    this.#events = events
  }

  hit(detail?: Detail): void {
    this.#record('hit', detail)
  }

  miss(detail?: Detail): void {
    this.#record('miss', detail)
  }

  /** A stale page or value was served. */
  stale(detail?: Detail): void {
    this.#record('stale', detail)
  }

  /** A value was set. */
  set(detail?: Detail): void {
    this.#record('set', detail)
  }

  /** A page was stored. */
  store(detail?: Detail): void {
    this.#record('store', detail)
  }

  delete(detail?: Detail): void {
    this.#record('delete', detail)
  }

  evict(detail?: Detail): void {
    this.#record('evict', detail)
  }

  /** Something was not stored, and why. */
  skip(reason: string, detail?: Detail): void {
    const known = this.#skips.has(reason) || this.#skips.size < MAX_REASONS
    const name = known ? reason : 'other'
    this.#skips.set(name, (this.#skips.get(name) ?? 0) + 1)
    this.#record('skip', detail, { reason })
  }

  /** The store failed, or answered an entry that can't be read. */
  error(error: unknown, operation: string): void {
    this.#record('error', undefined, { error, operation })
    if (!this.#events.isHeard('error')) warnOfOutage(error)
  }

  /** An operation of the store was waited for this long. */
  latency(milliseconds: number): void {
    this.#latencyCount++
    this.#latencyTotal += milliseconds
    if (milliseconds > this.#latencyMax) this.#latencyMax = milliseconds
  }

  /** Returns the counts, joined with the statistics of the store. */
  stats(store: StoreStats): CacheStats {
    const counts = this.#counts
    return {
      ...store,
      hits: counts.hit,
      misses: counts.miss,
      stale: counts.stale,
      sets: counts.set,
      stores: counts.store,
      deletes: counts.delete,
      skips: Object.fromEntries(this.#skips),
      evictions: counts.evict,
      errors: counts.error,
      latency: { count: this.#latencyCount, totalMs: this.#latencyTotal, maxMs: this.#latencyMax },
    }
  }

  #record(event: CacheEvent, detail: Detail | undefined, extra?: object): void {
    this.#counts[event]++
    this.#events.emit(event, detail, extra)
  }
}
