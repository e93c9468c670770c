import type { Source } from './cache-options.js'
import { type CacheValues, type Found, isNothing } from './cache-values.js'
import type { Flights, Landed } from './flights.js'
import type { Meter } from './meter.js'
import { bytesOf } from './stored-value.js'

/** A key that `getOrSet` was asked for. */
export interface Wanted {
  readonly fullKey: string
  /** Seconds; null: never expires. */
  readonly timeout: number | null
}

/** The value of a key, or what the source makes of it, computed once for all who ask meanwhile. */
export async function getOrSet(
  { fullKey, timeout }: Wanted,
  source: Source<unknown>,
  { values, flights, meter }: { values: CacheValues; flights: Flights<Landed>; meter: Meter },
): Promise<unknown> {
  let own: Found | undefined
  const landed = await flights.join(fullKey, async (flight) => {
    const entry = await values.fetch(fullKey)
    own = values.decode(entry)
    if (own !== undefined) return { bytes: entry && bytesOf(entry.value), hit: true }
    own = { value: await (typeof source === 'function' ? source() : source) }
    if (own.value === undefined) return { bytes: undefined, hit: false }
    const bytes = values.encode(own.value)
    // Written or cleared while it was computed: what is there is newer.
    if (!flight.fenced && !isNothing(timeout)) await values.write(fullKey, bytes, timeout)
    return { bytes, hit: false }
  })
  if (landed.hit) meter.hit(fullKey)
  else meter.miss(fullKey)
  if (own !== undefined) return own.value
  // Each that waited gets a copy of its own: one that changes it must not change it for the others.
  return landed.bytes === undefined ? undefined : values.decode({ value: landed.bytes, expires: null })?.value
}
