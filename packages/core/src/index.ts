export { Cache } from './cache.js'
export type {
  Entries,
  GetOrSetOptions,
  Peeked,
  SetArgument,
  SetOptions,
  Source,
  VersionOptions,
} from './cache-options.js'
export type { CacheSettings, CachesSettings } from './cache-settings.js'
export { cached } from './cached.js'
export { Caches, type CachesOptions, createCaches } from './caches.js'
export { type Codec, msgpackCodec } from './codec.js'
export type { CompressFormat } from './compress/formats.js'
export { cache, caches, configure, resolveCache } from './default-caches.js'
export { dummyStore } from './dummy-store.js'
export { CacheEntries } from './entries.js'
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
export { type GuardOptions, guardStore } from './guard/guard-store.js'
export {
  type HoleFailed,
  type HoleFunction,
  type HoleOptions,
  Holes,
  hole,
  holes,
  type Mark,
} from './holes/hole.js'
export { HoleMarks, type HolePlace, MAX_HOLES, type Pierced } from './holes/hole-marks.js'
export { decodeHoles, encodeHoles } from './holes/hole-places.js'
export { type HolePart, HoleSplitter } from './holes/hole-splitter.js'
export { joinHoles } from './holes/join-holes.js'
export { addToInteger } from './integer.js'
export { defaultKeyFunction, type KeyFunction, keyBytes, keyFault } from './key.js'
export type { Lease, LeaseOptions } from './locks/lease.js'
export type { LockOptions } from './locks/lock-options.js'
export type { LockHold } from './locks/locks.js'
export { pauseBefore } from './locks/pauses.js'
export { keepRenewed } from './locks/renewing.js'
export type { MaybePromise } from './maybe-promise.js'
export { type MemoryStoreOptions, memoryStore } from './memory-store.js'
export {
  type CacheEvent,
  type CacheEventDetail,
  type CacheListener,
  type CacheStats,
  type Detail,
  Meter,
} from './meter.js'
export {
  type CheckedOptions,
  checkOptions,
  flag,
  func,
  milliseconds,
  type OptionParser,
  type OptionSchema,
  oneOf,
  refusal,
  text,
  timeout,
  wholeNumber,
} from './options.js'
export { optionsFromQuery } from './query-options.js'
export { redact } from './redact.js'
export {
  BaseStore,
  type Entry,
  type EvictListener,
  isStore,
  type NearEntries,
  type Store,
  type StoreStats,
  type SyncStore,
} from './store.js'
export type { BusFromUrl, StoreFromUrl, StoreUrlOptions } from './store-packages.js'
export { bytesOf, type Encodable, type StoredValue } from './stored-value.js'
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
} from './surroundings.js'
export { checkTags } from './tags/check-tags.js'
export { TagClock, type TagOptions } from './tags/tag-clock.js'
export type { Tagged, TagVerdict } from './tags/verified.js'
export type { InvalidationBus } from './tiered/invalidation-bus.js'
export { type TieredStoreOptions, tieredStore } from './tiered/tiered-store.js'
export { expiryOf, parseTimeout, type Timeout } from './timeout.js'
export type { WrapOptions } from './wrap.js'
