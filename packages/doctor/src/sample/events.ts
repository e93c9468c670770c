import type { Cache } from '@sitecache/core'

/** Keys of pages, among the others that the cache puts into a store. */
const PAGE_KEY = /:page:\d+:[^:]+$/
const MAX_EVENTS = 20_000

/** A page that was dropped for room. */
export interface DroppedPage {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly cause: 'size' | 'count'
  /** Nobody had asked for it since it was stored. */
  readonly isUnused: boolean
}

/** A purge of more than one page. */
export interface CachePurge {
  readonly at: number
  readonly by: string
}

/** The last evictions and purges of a cache. */
export class CacheHistory {
  readonly evictions: DroppedPage[] = []
  readonly purges: CachePurge[] = []
  readonly #stops: readonly (() => void)[]

  constructor(cache: Cache) {
    this.#stops = [
      cache.on('evict', ({ key, cause, isUnused }) => {
        // No room would have kept it.
        if (cause === 'expired') return
        if (!PAGE_KEY.test(String(key))) return
        const eviction = { cause: cause === 'count' ? cause : 'size', isUnused: isUnused === true } as const
        remember(this.evictions, { at: Date.now(), ...eviction })
      }),
      cache.on('invalidate', ({ by }) => remember(this.purges, { at: Date.now(), by: String(by) })),
    ]
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }
}

function remember<T>(events: T[], event: T): void {
  if (events.length >= MAX_EVENTS) events.splice(0, MAX_EVENTS / 2)
  events.push(event)
}
