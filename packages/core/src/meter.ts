import { type Channel, channel } from 'node:diagnostics_channel'
import { types } from 'node:util'
import { warnOfOutage } from './guard/outage.js'
import type { StoreStats } from './store.js'

/** What a cache tells its listeners of. */
export type CacheEvent = 'hit' | 'miss' | 'stale' | 'set' | 'store' | 'delete' | 'evict' | 'skip' | 'error'

/** What a listener, or a subscriber of the diagnostics channel `sitecache:<event>`, is given. */
export interface CacheEventDetail {
  /** The alias. */
  readonly cache: string
  readonly [detail: string]: unknown
}

export type CacheListener = (detail: CacheEventDetail) => void

/** A key, or what makes the details; called only when someone listens. */
export type Detail = string | (() => object)

/** What a cache counted since it was made. */
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

const EVENTS: readonly CacheEvent[] = [
  'hit',
  'miss',
  'stale',
  'set',
  'store',
  'delete',
  'evict',
  'skip',
  'error',
]

/** Reasons are words of the code; the bound is for an application that makes its own up. */
const MAX_REASONS = 100

interface Outlet {
  count: number
  readonly channel: Channel
  readonly listeners: Set<CacheListener>
}

/** Counts what a cache does and tells those who listen. Costs an addition when nobody does. */
export class Meter {
  readonly #outlets: Readonly<Record<CacheEvent, Outlet>>
  readonly #skips = new Map<string, number>()
  #latencyCount = 0
  #latencyTotal = 0
  #latencyMax = 0

  constructor(readonly alias: string) {
    const outlet = (event: CacheEvent): Outlet => ({
      count: 0,
      channel: channel(`sitecache:${event}`),
      listeners: new Set(),
    })
    this.#outlets = Object.fromEntries(EVENTS.map((event) => [event, outlet(event)])) as Record<
      CacheEvent,
      Outlet
    >
  }

  hit(detail?: Detail): void {
    this.#note('hit', detail)
  }

  miss(detail?: Detail): void {
    this.#note('miss', detail)
  }

  /** A stale page or value was served. */
  stale(detail?: Detail): void {
    this.#note('stale', detail)
  }

  /** A value was set. */
  set(detail?: Detail): void {
    this.#note('set', detail)
  }

  /** A page was stored. */
  store(detail?: Detail): void {
    this.#note('store', detail)
  }

  delete(detail?: Detail): void {
    this.#note('delete', detail)
  }

  evict(detail?: Detail): void {
    this.#note('evict', detail)
  }

  /** Something was not stored, and why. */
  skip(reason: string, detail?: Detail): void {
    const known = this.#skips.has(reason) || this.#skips.size < MAX_REASONS
    const name = known ? reason : 'other'
    this.#skips.set(name, (this.#skips.get(name) ?? 0) + 1)
    this.#note('skip', detail, { reason })
  }

  /** The store failed, or answered what can't be read. */
  error(error: unknown, operation: string): void {
    this.#note('error', undefined, { error, operation })
    if (!this.#isHeard('error')) warnOfOutage(error)
  }

  /** An operation of the store was waited for this long. */
  latency(milliseconds: number): void {
    this.#latencyCount++
    this.#latencyTotal += milliseconds
    if (milliseconds > this.#latencyMax) this.#latencyMax = milliseconds
  }

  /** Answers what ends it. */
  on(event: CacheEvent, listener: CacheListener): () => void {
    const { listeners } = this.#outlets[event]
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  off(event: CacheEvent, listener: CacheListener): void {
    this.#outlets[event].listeners.delete(listener)
  }

  /** The counts, with what the store says of itself. */
  stats(store: StoreStats): CacheStats {
    const count = (event: CacheEvent) => this.#outlets[event].count
    return {
      ...store,
      hits: count('hit'),
      misses: count('miss'),
      stale: count('stale'),
      sets: count('set'),
      stores: count('store'),
      deletes: count('delete'),
      skips: Object.fromEntries(this.#skips),
      evictions: count('evict'),
      errors: count('error'),
      latency: { count: this.#latencyCount, totalMs: this.#latencyTotal, maxMs: this.#latencyMax },
    }
  }

  #isHeard(event: CacheEvent): boolean {
    const { listeners, channel } = this.#outlets[event]
    return listeners.size > 0 || channel.hasSubscribers
  }

  #note(event: CacheEvent, detail: Detail | undefined, fixed?: object): void {
    const outlet = this.#outlets[event]
    outlet.count++
    if (!this.#isHeard(event)) return
    const more = typeof detail === 'function' ? detail() : detail === undefined ? {} : { key: detail }
    const told: CacheEventDetail = { cache: this.alias, ...fixed, ...more }
    outlet.channel.publish(told)
    for (const listener of outlet.listeners) tell(listener, told)
  }
}

/** Calls a listener; one that throws or rejects makes a warning: it must fail no request. */
function tell(listener: CacheListener, detail: CacheEventDetail): void {
  try {
    // A listener may be an async function, whatever its type says.
    const returned: unknown = listener(detail)
    if (types.isPromise(returned)) returned.catch(warnOfListener)
  } catch (error) {
    warnOfListener(error)
  }
}

function warnOfListener(error: unknown): void {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`a listener of a cache's events failed: ${reason}`, {
    type: 'SitecacheWarning',
    code: 'SITECACHE_LISTENER',
  })
}
