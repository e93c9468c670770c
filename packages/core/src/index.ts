export { Cache } from './cache/cache.js'
export { cached } from './cache/cached.js'
export { Caches, type CachesOptions, createCaches } from './cache/caches.js'
export { cache, caches, configure, resolveCache } from './cache/default-caches.js'
export { defaultKeyFunction, type KeyFunction, keyFault } from './cache/key.js'
export type {
  Entries,
  GetOrSetOptions,
  Peeked,
  SetArgument,
  SetOptions,
  Source,
  VersionOptions,
} from './cache/options.js'
export type { CacheSettings, CachesSettings } from './cache/settings.js'
export type { WrapOptions } from './cache/wrap.js'
export { type Codec, msgpackCodec } from './codec/codec.js'
export {
  type Collected,
  collect,
  collectSync,
  currentMarks,
  inHole,
  mayReport,
  reportExpiry,
  reportTags,
  type Surroundings,
  surround,
  willReport,
} from './context/render-context.js'
export { CacheEntries } from './entries/cache-entries.js'
export {
  KeyNotFoundError,
  LockTimeoutError,
  SettingsError,
  SitecacheError,
  StoreError,
  TooLargeError,
  UnknownCacheError,
  ValueError,
} from './errors.js'
export {
  type CacheEvent,
  type CacheEventDetail,
  type CacheListener,
  type CacheStats,
  type Detail,
  Meter,
} from './events/meter.js'
export {
  type HoleFailed,
  type HoleFunction,
  type HoleOptions,
  Holes,
  hole,
  holes,
  type Mark,
} from './holes/hole.js'
export { HoleMarks, type HolePlace, MAX_HOLES, type Pierced } from './holes/marks/hole-marks.js'
export { decodeHoles, encodeHoles } from './holes/marks/hole-places.js'
export { type HolePart, HoleSplitter } from './holes/marks/hole-splitter.js'
export { joinHoles } from './holes/marks/join-holes.js'
export type { Lease, LeaseOptions } from './locks/lease.js'
export type { LockOptions } from './locks/lock-options.js'
export type { LockHold } from './locks/locks.js'
export { pauseBefore } from './locks/pauses.js'
export { keepRenewed } from './locks/renewing.js'
export {
  type CheckedOptions,
  checkOptions,
  flag,
  func,
  type OptionParser,
  type OptionSchema,
  oneOf,
  refusal,
  text,
  timeout,
  wholeNumber,
} from './options/check-options.js'
export { optionsFromQuery } from './options/options-from-query.js'
export { expiryOf, parseTimeout, type Timeout } from './options/timeout.js'
export type { CompressFormat } from './stores/compress/formats.js'
export { dummyStore } from './stores/dummy.js'
export { type GuardOptions, guardStore } from './stores/guard/guard-store.js'
export { addToInteger } from './stores/integer.js'
export { type MemoryStoreOptions, memoryStore } from './stores/memory.js'
export type { BusFromUrl, StoreFromUrl, StoreUrlOptions } from './stores/packages.js'
export {
  BaseStore,
  type Entry,
  type EvictListener,
  isStore,
  type NearEntries,
  type Store,
  type StoreStats,
  type SyncStore,
} from './stores/store.js'
export { bytesOf, type Encodable, type StoredValue } from './stores/stored-value.js'
export type { InvalidationBus } from './stores/tiered/invalidation-bus.js'
export { type TieredStoreOptions, tieredStore } from './stores/tiered/tiered-store.js'
export { checkTags } from './tags/check-tags.js'
export { TagClock, type TagOptions } from './tags/tag-clock.js'
export type { Tagged, TagVerdict } from './tags/verified.js'
export type { MaybePromise } from './util/maybe-promise.js'
export { redact } from './util/redact.js'
