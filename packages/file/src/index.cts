// Written by scripts/esm-entries.mjs. The names as values of one object: V8 finds them faster than the getters
// that TypeScript makes of what a module exports from others.
import entry = require('./index.js')

const names: typeof entry = {
  fileStore: entry.fileStore,
  storeFromUrl: entry.storeFromUrl,
}
Object.defineProperty(names, '__esModule', { value: true })
export = names
