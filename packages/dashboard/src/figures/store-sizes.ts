import type { Cache, CacheStats } from '@sitecache/core'
import { isShared } from '@sitecache/metrics/internal'
import { isWithin } from '../shared/clock.js'
import type { StoreFigures } from '../shared/state.js'

/** The part of the figures of a store that it tells itself. */
export type ToldByStore = Pick<
  StoreFigures,
  'isShared' | 'circuit' | 'entries' | 'bytes' | 'limitBytes' | 'near' | 'bus'
>

/** Milliseconds for which the answer of a store elsewhere counts as current while it is viewed. */
const CURRENT_MS = 5000
/** And while it is not, of a store that keeps entries in this process. */
const UNSEEN_MS = 15_000

/** Sizes of stores. A store in this process is asked each time, another one seldom. */
export class StoreSizes {
  readonly #answers = new WeakMap<Cache, { readonly at: number; readonly stats: CacheStats }>()

  /** @param isViewed whether the figures are about to be shown */
  async of(caches: readonly Cache[], now: number, isViewed: boolean): Promise<Map<Cache, ToldByStore>> {
    const all = await Promise.all(
      caches.map(async (cache) => [cache, await this.#stats(cache, now, isViewed)] as const),
    )
    const buses = new Set<unknown>()
    return new Map(
      all.map(([cache, stats]) => {
        const isFirst = !buses.has(cache.store)
        buses.add(cache.store)
        return [cache, toldBy(cache, stats, isFirst)]
      }),
    )
  }

  async #stats(cache: Cache, now: number, isViewed: boolean): Promise<CacheStats | undefined> {
    if (!isShared(cache.store)) return cache.stats()
    const known = this.#answers.get(cache)
    const hasNear = cache.store.near !== undefined
    const lifetime = isViewed ? CURRENT_MS : hasNear ? UNSEEN_MS : Number.POSITIVE_INFINITY
    if (known !== undefined && isWithin(lifetime, known.at, now)) return known.stats
    if (!isViewed && !hasNear) return undefined
    const stats = await cache.stats()
    this.#answers.set(cache, { at: now, stats })
    return stats
  }
}

function toldBy({ store }: Cache, stats: CacheStats | undefined, tellsBus: boolean): ToldByStore {
  const { entries, bytes, limitBytes, near, circuit = 'closed', invalidationsSent } = stats ?? {}
  const bus =
    tellsBus && stats !== undefined && invalidationsSent !== undefined
      ? {
          sent: invalidationsSent,
          received: stats.invalidationsReceived ?? 0,
          lost: stats.invalidationsLost ?? 0,
        }
      : undefined
  return {
    isShared: isShared(store),
    circuit,
    entries,
    bytes,
    limitBytes,
    near: near && { entries: near.entries, bytes: near.bytes, limitBytes: near.limitBytes },
    bus,
  }
}
