// Written by scripts/esm-entries.mjs. The names as values of one object: V8 finds them faster than the getters
// that TypeScript makes of what a module exports from others.
import entry = require('./store.js')

const names: typeof entry = {
  BaseStore: entry.BaseStore,
  KeyNotFoundError: entry.KeyNotFoundError,
  SettingsError: entry.SettingsError,
  SitecacheError: entry.SitecacheError,
  StoreError: entry.StoreError,
  TooLargeError: entry.TooLargeError,
  ValueError: entry.ValueError,
  addBatchToInteger: entry.addBatchToInteger,
  addToInteger: entry.addToInteger,
  bytesOf: entry.bytesOf,
  checkOptions: entry.checkOptions,
  decorateStore: entry.decorateStore,
  flag: entry.flag,
  func: entry.func,
  guardStore: entry.guardStore,
  isStore: entry.isStore,
  keyBytes: entry.keyBytes,
  keyFault: entry.keyFault,
  milliseconds: entry.milliseconds,
  oneOf: entry.oneOf,
  optionsFromQuery: entry.optionsFromQuery,
  parseTimeout: entry.parseTimeout,
  redact: entry.redact,
  refusal: entry.refusal,
  text: entry.text,
  timeout: entry.timeout,
  warn: entry.warn,
  wholeNumber: entry.wholeNumber,
}
Object.defineProperty(names, '__esModule', { value: true })
export = names
