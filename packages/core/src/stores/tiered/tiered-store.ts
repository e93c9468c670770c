import { SettingsError } from '../../errors.js'
import { checkOptions, func, type OptionParser, refusal, timeout } from '../../options/check-options.js'
import type { Timeout } from '../../options/timeout.js'
import { isStore, type Store } from '../store.js'
import { retainStore } from '../users.js'
import { BusLink } from './bus-link.js'
import type { InvalidationBus } from './invalidation-bus.js'
import { NearFences } from './near-fences.js'
import { NearTier } from './near-tier.js'
import { tiersOver } from './tiers.js'

/** Options of `tieredStore`. */
export interface TieredStoreOptions {
  /**
   * Longest time that an entry is served from the near store, and so the longest that a process
   * serves an entry which another has changed, when no message of that arrives. @default 5 seconds
   */
  readonly nearTimeout?: Timeout
  /**
   * Tells other processes which keys are set, deleted and cleared. @default none: only
   * `nearTimeout` bounds staleness
   */
  readonly bus?: InvalidationBus
  /** Milliseconds since the epoch; for tests. @default Date.now */
  readonly now?: () => number
}

/** Reads a positive number of seconds. */
export const lifetime: OptionParser<number> = (value, path) => {
  const seconds = timeout(value, path)
  if (seconds !== null && seconds > 0) return seconds
  throw refusal(path, 'more than 0 seconds, and an end', value)
}

const invalidationBus: OptionParser<InvalidationBus> = (value, path) => {
  const has = (name: string) =>
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
  if (['publish', 'subscribe', 'onReconnect'].every(has)) return value as InvalidationBus
  throw refusal(path, 'a bus with publish(), subscribe() and onReconnect(), such as redisBus()', value)
}

const schema = { nearTimeout: lifetime, bus: invalidationBus, now: func<() => number>() }

/**
 * Puts a store in this process in front of another: entries that were read or set here are served
 * without a round trip, for a short time.
 *
 * Writes go to the far store first. When that fails, the near one drops the key; near reads
 * continue without it. A purge reaches the near stores of other processes by the bus; one that was
 * disconnected drops all its entries.
 *
 * @param near a store that lives in this process, such as `memoryStore()`, and serves nothing else
 * @param far any other store
 * @throws SettingsError for stores that can't be used so, and for an option that is unknown or out
 * of range.
 *
 * @example
 * tieredStore(memoryStore({ maxBytes: 64 * 2 ** 20 }), redisStore(url), { bus: redisBus(url) })
 */
export function tieredStore(near: Store, far: Store, options?: TieredStoreOptions): Store {
  const sync = isStore(near) ? near.sync : undefined
  if (sync === undefined)
    throw new SettingsError('tieredStore(): near must be a store in this process, such as memoryStore()')
  if (!isStore(far) || far === near)
    throw new SettingsError('tieredStore(): far must be a store, and another one than near')
  const { nearTimeout = 5, bus, now = () => Date.now() } = checkOptions(options, schema, 'tieredStore()')
  const tier = new NearTier({ store: sync, lifetime: nearTimeout * 1000, now })
  const fences = new NearFences(tier)
  retainStore(near)
  retainStore(far)
  const link = new BusLink(bus, fences)
  return tiersOver({ stores: [near, far], near: tier, fences, link }, far)
}
