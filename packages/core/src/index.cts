// Written by scripts/esm-entries.mjs. The names as values of one object: V8 finds them faster than the getters
// that TypeScript makes of what a module exports from others.
import entry = require('./index.js')

const names: typeof entry = {
  BaseStore: entry.BaseStore,
  Cache: entry.Cache,
  Caches: entry.Caches,
  KeyNotFoundError: entry.KeyNotFoundError,
  LockTimeoutError: entry.LockTimeoutError,
  SettingsError: entry.SettingsError,
  SitecacheError: entry.SitecacheError,
  StoreError: entry.StoreError,
  TooLargeError: entry.TooLargeError,
  UnknownCacheError: entry.UnknownCacheError,
  ValueError: entry.ValueError,
  bytesOf: entry.bytesOf,
  cache: entry.cache,
  cached: entry.cached,
  caches: entry.caches,
  collect: entry.collect,
  configure: entry.configure,
  createCaches: entry.createCaches,
  defaultKeyFunction: entry.defaultKeyFunction,
  dummyStore: entry.dummyStore,
  guardStore: entry.guardStore,
  hole: entry.hole,
  memoryStore: entry.memoryStore,
  msgpackCodec: entry.msgpackCodec,
  reportExpiry: entry.reportExpiry,
  reportTags: entry.reportTags,
  runInContext: entry.runInContext,
  tieredStore: entry.tieredStore,
}
Object.defineProperty(names, '__esModule', { value: true })
export = names
