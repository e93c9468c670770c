import { createHash, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Cache, CacheEventDetail, Caches } from '@sitecache/core'
import type { ExchangeEvent } from '@sitecache/http'
import { type CountedCaches, countCaches, DEFINITIONS } from '@sitecache/metrics/internal'
import { layoutOf } from '../shared/columns.js'
import { columnsOf, ratiosOf } from '../shared/ratios.js'
import type { SampledRequest, Series, Snapshot, State, StoreFigures } from '../shared/state.js'
import { collectRoutes, collectStores, collectValues } from './collect.js'
import { History } from './history.js'
import { LiveExchanges } from './live.js'
import { Purges, type TagPurge } from './purges.js'
import { RouteBytes } from './route-bytes.js'
import { Samples } from './samples.js'
import { StoreSizes } from './store-sizes.js'

/** Bounds of the histograms, in seconds: those of the metrics. */
export const BOUNDS: State['bounds'] = {
  hit: DEFINITIONS.sitecache_hit_duration_seconds.buckets,
  render: DEFINITIONS.sitecache_render_duration_seconds.buckets,
  store: DEFINITIONS.sitecache_store_operation_duration_seconds.buckets,
  age: DEFINITIONS.sitecache_page_age_seconds.buckets,
}

/** Name of this process, or thread. */
const INSTANCE = randomUUID()

/** Settings of a recorder. */
export interface RecorderOptions {
  readonly caches: Caches | readonly Cache[]
  readonly groups: readonly (readonly [RegExp, string])[]
  readonly maxRoutes: number
  /** Name of this process among those that share its figures. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Listeners of a cache. */
interface Hearing {
  readonly watch: (detail: CacheEventDetail, request: object) => void
  stop(): void
}

/** Counts what the caches of this process do, from its making until `close`. */
export class Recorder {
  readonly #id: string
  readonly #now: () => number
  readonly #started: number
  readonly #counted: CountedCaches
  readonly #history = new History(BOUNDS)
  readonly #live: LiveExchanges
  readonly #purges = new Purges()
  readonly #samples = new Samples()
  readonly #bytes: RouteBytes
  readonly #sizes = new StoreSizes()
  readonly #heard = new Map<Cache, Hearing>()

  constructor({ caches, groups, maxRoutes, id, now }: RecorderOptions) {
    this.#id = id
    this.#now = now
    this.#started = now()
    this.#counted = countCaches('dashboard', { caches, groups, maxRoutes })
    this.#live = new LiveExchanges(id)
    this.#bytes = new RouteBytes(maxRoutes)
    this.#hearAll()
  }

  /** Caches that are counted now. */
  get caches(): readonly Cache[] {
    return this.#counted.caches()
  }

  /** The last seconds of this process. */
  seconds(count: number): Series {
    return this.#history.seconds(this.#now(), count)
  }

  /**
   * Returns the figures up to now.
   *
   * @param isViewed whether they are about to be shown: stores elsewhere are asked for theirs
   */
  async snapshot(isViewed: boolean): Promise<Snapshot> {
    this.#hearAll()
    const now = this.#now()
    const windows = this.#history.windows(now)
    const { families } = this.#counted
    const { all, served } = ratiosOf(columnsOf(windows.all))
    return {
      v: 1,
      process: {
        id: this.#id,
        instance: INSTANCE,
        scope: scopeOf(this.caches),
        pid: process.pid,
        host: hostname().slice(0, 100),
        node: process.version,
        started: this.#started,
        rss: process.memoryUsage.rss(),
        requests: all,
        served,
      },
      at: now,
      inFlight: this.caches.reduce((sum, { meter }) => sum + meter.rendering, 0),
      windows,
      seconds: this.#history.seconds(now),
      minutes: this.#history.minutes(now),
      tens: this.#history.tens(now),
      routes: collectRoutes(families, this.#bytes),
      stores: await this.#stores(now, isViewed),
      values: collectValues(families),
      purges: this.#purges.last(),
      live: this.#live.last(200),
    }
  }

  /** Returns the last invalidation of a tag by this process, as far as it remembers. */
  lastPurgeOf(cache: string, digest: string): TagPurge | undefined {
    return this.#purges.of(cache, digest)
  }

  /** Returns a request that was not answered from the cache of this process. */
  sampleOf(cache: string, route: string, reason: string): SampledRequest | undefined {
    return this.#samples.get(cache, route, reason)
  }

  close(): void {
    this.#counted.close()
    for (const { stop } of this.#heard.values()) stop()
    this.#heard.clear()
  }

  async #stores(now: number, isViewed: boolean): Promise<readonly StoreFigures[]> {
    const { caches } = this
    const counted = collectStores(this.#counted.families)
    const told = await this.#sizes.of(caches, now, isViewed)
    return caches.map((cache) => ({
      isShared: cache.store.sync === undefined,
      circuit: 'closed' as const,
      ...counted(cache.alias, cache.store.name),
      ...told.get(cache),
    }))
  }

  /** `configure` may replace the process-wide caches, and the meter behind one of them. */
  #hearAll(): void {
    for (const cache of this.caches) {
      const known = this.#heard.get(cache) ?? this.#hear(cache)
      this.#heard.set(cache, known)
      cache.meter.exchangeWatchers.add(known.watch)
    }
  }

  #hear(cache: Cache): Hearing {
    const stops = [
      cache.on('exchange', (detail) => this.#exchange(detail as unknown as ExchangeEvent & CacheEventDetail)),
      cache.on('invalidate', (detail) => this.#purges.add(detail, this.#now())),
    ]
    const watch: Hearing['watch'] = (detail, request) => {
      if (detail.reason !== undefined) this.#samples.add(detail, request, this.#now())
    }
    const stop = (): void => {
      cache.meter.exchangeWatchers.delete(watch)
      for (const end of stops) end()
    }
    return { watch, stop }
  }

  #exchange(event: ExchangeEvent & CacheEventDetail): void {
    const now = this.#now()
    this.#history.add(event, now)
    this.#live.add(event, now)
    if (event.purpose === undefined) this.#bytes.add(event.cache, event.route, event.bytes)
  }
}

function scopeOf(caches: readonly Cache[]): string {
  const names = caches.map(({ alias, keyPrefix }) => `${alias.length}:${alias}${keyPrefix}`).sort()
  return createHash('sha256').update(names.join('\0')).digest('base64url').slice(0, 16)
}

/** Numbers in a row of a window. */
export const ROW_WIDTH = layoutOf(BOUNDS).width
