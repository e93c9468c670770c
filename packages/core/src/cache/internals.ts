import { CacheEntries } from '../entries/cache-entries.js'
import { Operations } from '../entries/operations.js'
import { CacheEvents } from '../events/cache-events.js'
import { Meter } from '../events/meter.js'
import { Leases } from '../locks/leases.js'
import { Locks } from '../locks/locks.js'
import type { Store } from '../stores/store.js'
import { TagClock } from '../tags/tag-clock.js'
import { Pending } from '../util/pending.js'
import { type Computations, computationsOf } from './computations.js'
import { CacheKeys } from './keys.js'
import { CacheLifecycle } from './lifecycle.js'
import type { ParsedSettings } from './settings.js'
import { CacheValues } from './values.js'

/** Clock and randomness of a cache; tests give their own. */
export interface Environment {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** At least 0, less than 1. */
  readonly random: () => number
}

/** The parts of which the methods of a cache are made. */
export interface CacheInternals {
  /** The store as entries are read and written: compressed, if that is configured. */
  readonly access: Store
  readonly events: CacheEvents
  readonly meter: Meter
  readonly lifecycle: CacheLifecycle
  readonly operations: Operations
  readonly entries: CacheEntries
  readonly tags: TagClock
  readonly keys: CacheKeys
  readonly values: CacheValues
  readonly computations: Computations
  readonly leases: Leases
  readonly locks: Locks
  readonly random: () => number
}

/** Builds the parts of a cache, lowest first. */
export function makeInternals(
  alias: string,
  settings: ParsedSettings,
  { now, random }: Environment,
): CacheInternals {
  const { store, access, onError } = settings
  const events = new CacheEvents(alias)
  const meter = new Meter(alias, events)
  const pending = new Pending()
  const elsewhere = store.sync === undefined ? store.name : undefined
  const entries = new CacheEntries(access, meter, pending)
  const operations = new Operations(alias, onError, meter, pending, elsewhere)
  const tags = new TagClock({ ...settings, alias, entries, meter, pending, now })
  const keys = new CacheKeys(alias, settings)
  const prefix = keys.prefix ?? ''
  const lifecycle = new CacheLifecycle(store, pending, {
    evicted(fullKey, cause, isUnused) {
      if (fullKey.startsWith(prefix)) meter.evict(fullKey, cause, isUnused)
    },
    closesLate: (error) => meter.error(error, 'close'),
  })
  const leases = new Leases({ ...settings, operations, now })
  return {
    access,
    events,
    meter,
    lifecycle,
    operations,
    entries,
    tags,
    keys,
    values: new CacheValues(settings, operations, meter, tags, now),
    computations: computationsOf(store),
    leases,
    locks: new Locks(alias, leases, meter, random),
    random,
  }
}
