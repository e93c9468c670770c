import { warnOfOutage } from '../stores/guard/outage.js'
import type { EvictCause, StoreStats } from '../stores/store.js'
import {
  CACHE_EVENTS,
  type CacheEvent,
  type CacheEventDetail,
  type CacheEvents,
  type Detail,
  type Outlet,
} from './cache-events.js'
import type { CacheSampler, LookUpWatcher } from './sampler.js'
import type { CacheTracer } from './tracer.js'

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
  /**
   * Exchanges with layers of cache, by result: the words of `RESULTS` of http. Refreshes and
   * warm-ups included; a request that passes two layers is two exchanges.
   */
  readonly results: Readonly<Record<string, number>>
  /** Entries that the store has dropped for room. */
  readonly evictions: number
  /** Entries that the store has dropped by itself, by cause; `unknown`: for room. */
  readonly evicted: Readonly<Record<EvictCause | 'unknown', number>>
  readonly errors: number
  /** Operations of the store that were waited for, in milliseconds. */
  readonly latency: { readonly count: number; readonly totalMs: number; readonly maxMs: number }
}

/** Outcome of an operation of a store. */
export type OperationOutcome = 'ok' | 'miss' | 'error' | 'timeout'

/** Means by which something was invalidated. */
export type InvalidatedBy = 'tag' | 'url' | 'route' | 'unsafe' | 'group' | 'clear'

/** A purge by this process, as it is remembered. */
export interface RememberedPurge {
  readonly by: InvalidatedBy
  readonly mode: 'hard' | 'soft'
  /** Tags, or the text of the URL by which its pages are purged; none: all. */
  readonly names: readonly string[]
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Purges, and names of one, that are remembered. */
const [MAX_PURGES, MAX_NAMES] = [100, 20]

/** Bound for an application that makes up reasons of its own; ours are words of the code. */
const MAX_REASONS = 100

/** Counts events of a cache and emits them. */
export class Meter {
  readonly alias: string
  /** Requests that handlers are rendering pages for. Counted while `exchange` is heard. */
  rendering = 0
  /** Tracer of the cache; undefined: none. */
  tracer: CacheTracer | undefined
  /** Functions of our own packages, which don't throw. */
  readonly exchangeWatchers = new Set<(message: CacheEventDetail, request: object) => void>()
  /** Sampler of its look-ups; undefined: none. */
  sampler: CacheSampler | undefined
  /** Counts of its look-ups, for explanations; undefined: nobody asks for any. */
  lookUps: LookUpWatcher | undefined
  readonly #events: CacheEvents
  readonly #hits: Outlet
  readonly #exchanges: Outlet
  readonly #counts = Object.fromEntries(CACHE_EVENTS.map((event) => [event, 0])) as Record<CacheEvent, number>
  readonly #skips = new Map<string, number>()
  readonly #results = new Map<string, { count: number }>()
  readonly #evicted = { size: 0, count: 0, expired: 0, unknown: 0 }
  readonly #purges: RememberedPurge[] = []
  #latencyCount = 0
  #latencyTotal = 0
  #latencyMax = 0

  constructor(alias: string, events: CacheEvents) {
    this.alias = alias
    this.#events = events
    this.#hits = events.outlet('hit')
    this.#exchanges = events.outlet('exchange')
  }

  /** Whether exchanges are told: to a tracer, a sampler, counts, or a listener of the event. */
  get isTold(): boolean {
    const isAsked = this.tracer !== undefined || this.sampler !== undefined || this.lookUps !== undefined
    return isAsked || this.#exchanges.isHeard
  }

  /** Returns whether the event has a listener or a subscriber. */
  isHeard(event: CacheEvent): boolean {
    return this.#events.isHeard(event)
  }

  /** A page, or the value of a key, was served. */
  hit(key?: string): void {
    if (key !== undefined || this.#hits.isHeard) this.#look('hit', key)
    else this.#counts.hit++
  }

  miss(key?: string): void {
    this.#look('miss', key)
  }

  /** A stale page or value was served. */
  stale(key?: string): void {
    this.#look('stale', key)
  }

  /** The source of a value has failed, and nothing was served. */
  failed(key: string): void {
    this.#events.emit('value', key, { result: 'error' })
  }

  /** The value of a key was computed. */
  computed(key: string, ms: number): void {
    this.#events.emit('compute', key, { ms })
  }

  /** Counts the result of an exchange with a layer of cache. */
  result(result: string): void {
    const known = this.#results.get(result)
    if (known === undefined) this.#results.set(result, { count: 1 })
    else known.count += 1
  }

  /**
   * An exchange has ended. To be called only where `exchange` is heard.
   *
   * @param request shown to `exchangeWatchers` alone: it is a visitor's
   */
  exchange(message: CacheEventDetail, request?: object): void {
    this.#events.publish('exchange', message)
    if (request === undefined) return
    for (const watch of this.exchangeWatchers) watch(message, request)
  }

  /** The last purges by this process, the newest first. */
  get purges(): readonly RememberedPurge[] {
    return [...this.#purges].reverse()
  }

  /** Something was invalidated. @param names tags, or the purge text of a URL; none: all */
  invalidate(by: InvalidatedBy, mode: 'hard' | 'soft', names: readonly string[] = []): void {
    if (this.#purges.push({ by, mode, names: names.slice(0, MAX_NAMES), at: Date.now() }) > MAX_PURGES)
      this.#purges.shift()
    this.#events.emit('invalidate', () => (by === 'tag' ? { by, mode, tags: names } : { by, mode }))
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

  /** The store has dropped an entry by itself. @param cause undefined: for room */
  evict(key: string, cause?: EvictCause, isUnused?: boolean): void {
    this.#evicted[cause ?? 'unknown'] += 1
    this.#record('evict', () => ({ key, cause, isUnused }))
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
  latency(milliseconds: number, operation: string, outcome: OperationOutcome): void {
    if (this.#events.isHeard('operation'))
      this.#events.emit('operation', () => ({ operation, outcome, ms: milliseconds }))
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
      results: Object.fromEntries([...this.#results].map(([result, { count }]) => [result, count])),
      evictions: counts.evict - this.#evicted.expired,
      evicted: { ...this.#evicted },
      errors: counts.error,
      latency: { count: this.#latencyCount, totalMs: this.#latencyTotal, maxMs: this.#latencyMax },
    }
  }

  #look(event: 'hit' | 'miss' | 'stale', key: string | undefined): void {
    this.#record(event, key)
    if (key !== undefined) this.#events.emit('value', key, { result: event })
  }

  #record(event: CacheEvent, detail: Detail | undefined, extra?: object): void {
    this.#counts[event]++
    this.#events.emit(event, detail, extra)
  }
}
