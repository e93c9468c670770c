import { type Channel, channel } from 'node:diagnostics_channel'
import { types } from 'node:util'
import { refusal } from '../options/check-options.js'
import { warn } from '../util/warnings.js'

/** Events of a cache, for its listeners and for the diagnostics channels `sitecache:<event>`. */
export type CacheEvent =
  | 'hit'
  | 'miss'
  | 'stale'
  | 'set'
  | 'store'
  | 'delete'
  | 'evict'
  | 'skip'
  | 'error'
  /** A request has passed a layer of cache; details are `ExchangeEvent` of `@sitecache/http`. */
  | 'exchange'
  /** A value was looked up (`key`), with the `result` hit, miss, stale or error. */
  | 'value'
  /** A value was computed (`key`), in so many milliseconds (`ms`). */
  | 'compute'
  /** An operation of the store was waited for: `operation`, `outcome`, `ms`. */
  | 'operation'
  /** Something was invalidated: `by` tag, url, route, …; `mode` hard or soft. */
  | 'invalidate'

/** Argument of a listener, and message on the diagnostics channel `sitecache:<event>`. */
export interface CacheEventDetail {
  /** The alias. */
  readonly cache: string
  readonly [detail: string]: unknown
}

export type CacheListener = (detail: CacheEventDetail) => void

/**
 * A key, or a function that makes the details; called only when there is a listener or subscriber.
 */
export type Detail = string | (() => object)

/** Every event, in the order in which they are documented. */
export const CACHE_EVENTS: readonly CacheEvent[] = [
  'hit',
  'miss',
  'stale',
  'set',
  'store',
  'delete',
  'evict',
  'skip',
  'error',
  'exchange',
  'value',
  'compute',
  'operation',
  'invalidate',
]

/** Listeners of one event, and its channel. */
export class Outlet {
  readonly channel: Channel
  readonly listeners = new Set<CacheListener>()

  constructor(event: CacheEvent) {
    this.channel = channel(`sitecache:${event}`)
  }

  /** Whether there is a listener or a subscriber. */
  get isHeard(): boolean {
    return this.listeners.size > 0 || this.channel.hasSubscribers
  }
}

/**
 * Listeners and diagnostics channels of one cache. Without a listener an event costs two
 * comparisons.
 */
export class CacheEvents {
  readonly #alias: string
  readonly #outlets: Readonly<Record<CacheEvent, Outlet>>

  constructor(alias: string) {
    this.#alias = alias
    const outlets = CACHE_EVENTS.map((event) => [event, new Outlet(event)] as const)
    this.#outlets = Object.fromEntries(outlets) as Record<CacheEvent, Outlet>
  }

  /** Calls the listener at each such event; returns a function that stops it. */
  on(event: CacheEvent, listener: CacheListener): () => void {
    const { listeners } = this.#outlet(event)
    if (typeof listener !== 'function') throw refusal('cache.on(): listener', 'a function', listener)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  off(event: CacheEvent, listener: CacheListener): void {
    this.#outlet(event).listeners.delete(listener)
  }

  /** @throws SettingsError for an event that there is not */
  #outlet(event: CacheEvent): Outlet {
    if (!Object.hasOwn(this.#outlets, event))
      throw refusal('cache.on(): event', `one of ${CACHE_EVENTS.join(', ')}`, event)
    return this.#outlets[event]
  }

  /** Returns the outlet of an event, for what asks at each request whether it is heard. */
  outlet(event: CacheEvent): Outlet {
    return this.#outlets[event]
  }

  /** Returns whether the event has a listener or a subscriber. */
  isHeard(event: CacheEvent): boolean {
    return this.#outlets[event].isHeard
  }

  /** @param extra details that stand in the event whatever `detail` is */
  emit(event: CacheEvent, detail: Detail | undefined, extra?: object): void {
    if (!this.isHeard(event)) return
    const more = typeof detail === 'function' ? detail() : detail === undefined ? {} : { key: detail }
    this.publish(event, { cache: this.#alias, ...extra, ...more })
  }

  /** Emits a message that is complete, for events of which there are many. */
  publish(event: CacheEvent, message: CacheEventDetail): void {
    const { channel, listeners } = this.#outlets[event]
    if (channel.hasSubscribers) channel.publish(message)
    for (const listener of listeners) call(listener, message)
  }
}

/** Calls a listener; one that throws or rejects makes a warning: it must fail no request. */
function call(listener: CacheListener, detail: CacheEventDetail): void {
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
  warn('SITECACHE_LISTENER', `a listener of a cache's events failed: ${reason}`)
}
