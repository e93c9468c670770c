// Written by scripts/esm-entries.mjs. The module is CommonJS, of which this entry shows the names: whoever
// imports it and whoever requires it share one state.
export type * from './internal.js'
export {
  DEFINITIONS,
  NONE,
  OTHER,
  countCaches,
  isShared,
} from './internal.js'
