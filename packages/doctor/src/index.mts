// Written by scripts/esm-entries.mjs. The module is CommonJS, of which this entry shows the names: whoever
// imports it and whoever requires it share one state.
export type * from './index.js'
export {
  doctor,
} from './index.js'
