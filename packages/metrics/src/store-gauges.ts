import type { Cache, CacheStats } from '@sitecache/core'
import type { Families } from './families.js'
import { isShared } from './shared-store.js'

/** The part of the statistics of a store that is shown of each of its tiers. */
type TierStats = Pick<CacheStats, 'entries' | 'bytes' | 'limitBytes'>

const upBy = { closed: 1, 'half-open': 0.5, open: 0 } as const

/** Sets the gauges, and the counters that stores keep themselves, to what they are now. */
export async function setGauges(caches: readonly Cache[], families: Families): Promise<void> {
  const all = await Promise.all(caches.map(async (cache) => ({ cache, stats: await cache.stats() })))
  for (const name of gauges) families[name].clear()
  const seen = new Set<unknown>()
  const bus = { sent: 0, received: 0, lost: 0, isThere: false }
  for (const { cache, stats } of all) {
    setStore(cache, stats, families)
    families.sitecache_renders_in_flight.under(cache.alias).value = cache.meter.rendering
    // Caches may share one store, which has one bus.
    if (stats.invalidationsSent === undefined || seen.has(cache.store)) continue
    seen.add(cache.store)
    bus.isThere = true
    bus.sent += stats.invalidationsSent
    bus.received += stats.invalidationsReceived ?? 0
    bus.lost += stats.invalidationsLost ?? 0
  }
  if (!bus.isThere) return
  families.sitecache_bus_messages_total.under('sent').value = bus.sent
  families.sitecache_bus_messages_total.under('received').value = bus.received
  families.sitecache_bus_lost_total.under('sent').value = bus.lost
}

const gauges = [
  'sitecache_store_entries',
  'sitecache_store_bytes',
  'sitecache_store_limit_bytes',
  'sitecache_store_up',
  'sitecache_renders_in_flight',
] as const

function setStore({ alias, store }: Cache, stats: CacheStats, families: Families): void {
  families.sitecache_store_up.under(alias, store.name).value = upBy[stats.circuit ?? 'closed']
  const setTier = (tier: 'near' | 'far', { entries, bytes, limitBytes }: TierStats): void => {
    const labels = [alias, store.name, tier] as const
    if (entries !== undefined) families.sitecache_store_entries.under(...labels).value = entries
    if (bytes !== undefined) families.sitecache_store_bytes.under(...labels).value = bytes
    if (limitBytes !== undefined) families.sitecache_store_limit_bytes.under(...labels).value = limitBytes
  }
  setTier(isShared(store) ? 'far' : 'near', stats)
  if (stats.near !== undefined) setTier('near', stats.near)
}
