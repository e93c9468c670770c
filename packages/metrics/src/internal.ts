// For sitecache's own packages only. Outside of semver: anything here changes without notice.
export { NONE, OTHER } from './bounded-names.js'
export { type CountedCaches, countCaches } from './counting.js'
export { DEFINITIONS } from './definitions.js'
export type { Families } from './families.js'
export type { Family, HistogramSeries, NumberSeries } from './series.js'
export { isShared } from './shared-store.js'
