// Written by scripts/esm-entries.mjs. The names as values of one object: V8 finds them faster than the getters
// that TypeScript makes of what a module exports from others.
import entry = require('./internal.js')

const names: typeof entry = {
  DEFINITIONS: entry.DEFINITIONS,
  NONE: entry.NONE,
  OTHER: entry.OTHER,
  countCaches: entry.countCaches,
  isShared: entry.isShared,
}
Object.defineProperty(names, '__esModule', { value: true })
export = names
