// For authors of stores: the contract, its base class, guard and decorator, and parsers of options.
export { keyBytes, keyFault } from './cache/key.js'
export {
  KeyNotFoundError,
  SettingsError,
  SitecacheError,
  StoreError,
  TooLargeError,
  ValueError,
} from './errors.js'
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
} from './options/check-options.js'
export { optionsFromQuery } from './options/options-from-query.js'
export { type Duration, parseTimeout, type Timeout } from './options/timeout.js'
export { BaseStore } from './stores/base-store.js'
export { type Around, decorateStore, type StoreOperation } from './stores/decorate.js'
export { type GuardOptions, guardStore } from './stores/guard/guard-store.js'
export { type AddedBatch, addBatchToInteger, addToInteger } from './stores/integer.js'
export type { BusFromUrl, StoreFromUrl, StoreUrlOptions } from './stores/packages.js'
export {
  type Entry,
  type EvictListener,
  isStore,
  type NearEntries,
  type Store,
  type StoreStats,
  type SyncStore,
} from './stores/store.js'
export { bytesOf, type Encodable, type StoredValue, type ValueParts } from './stores/stored-value.js'
export type { InvalidationBus } from './stores/tiered/invalidation-bus.js'
export { redact } from './util/redact.js'
export { type WarningCode, type Warnings, warn } from './util/warnings.js'
