// For applications. Authors of stores find more in '@sitecache/core/store'.
export { Cache } from './cache/cache.js'
export { cached } from './cache/cached.js'
export { Caches, type CachesOptions, createCaches } from './cache/caches.js'
export { cache, caches, configure } from './cache/default-caches.js'
export { defaultKeyFunction, type KeyFunction } from './cache/key.js'
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
  type RenderContext,
  reportExpiry,
  reportTags,
  runInContext,
} from './context/render-context.js'
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
export type { CacheEvent, CacheEventDetail, CacheListener } from './events/cache-events.js'
export type { CacheStats } from './events/meter.js'
export { type HoleFunction, type HoleOptions, hole, type Mark } from './holes/hole.js'
export type { Lease, LeaseOptions } from './locks/lease.js'
export type { LockOptions } from './locks/lock-options.js'
export type { LockHold } from './locks/locks.js'
export type { Duration, Timeout } from './options/timeout.js'
export { BaseStore } from './stores/base-store.js'
export type { CompressFormat } from './stores/compress/formats.js'
export { dummyStore } from './stores/dummy.js'
export { type GuardOptions, guardStore } from './stores/guard/guard-store.js'
export { type MemoryStoreOptions, memoryStore } from './stores/memory.js'
export type { Entry, Store, StoreStats } from './stores/store.js'
export { bytesOf, type Encodable, type StoredValue } from './stores/stored-value.js'
export type { InvalidationBus } from './stores/tiered/invalidation-bus.js'
export { type TieredStoreOptions, tieredStore } from './stores/tiered/tiered-store.js'
export type { TagOptions } from './tags/tag-clock.js'
export type { WarningCode, Warnings } from './util/warnings.js'
