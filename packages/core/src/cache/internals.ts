import type { Meter } from '../events/meter.js'
import type { Locks } from '../locks/locks.js'
import type { Flights, Landed } from '../util/flights.js'
import type { CacheKeys } from './keys.js'
import type { CacheValues } from './values.js'

/** What a cache's methods are made of. */
export interface Parts {
  readonly keys: CacheKeys
  readonly values: CacheValues
  readonly flights: Flights<Landed>
  readonly locks: Locks
  readonly meter: Meter
  readonly random: () => number
  /** Has the end of the cache wait for work that nobody else waits for. */
  readonly waitFor: (work: Promise<unknown>) => void
}
