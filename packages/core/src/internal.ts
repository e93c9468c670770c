// For sitecache's own packages only. Outside of semver: anything here changes without notice.
export { resolveCache } from './cache/default-caches.js'
export { observeReads, remembersReads, reportRead, useComputed } from './context/carried-reads.js'
export { ReadLog, type ReadObserver, type ReadTarget } from './context/read-log.js'
export {
  collectSync,
  currentMarks,
  currentReads,
  inHole,
  mayReport,
  outsideHoles,
  willReport,
  withReads,
} from './context/render-context.js'
export { CacheEntries } from './entries/cache-entries.js'
export { CACHE_EVENTS, type Detail } from './events/cache-events.js'
export { Meter, type RememberedPurge } from './events/meter.js'
export type { BodySample, CacheSampler, LookUpWatcher } from './events/sampler.js'
export type { CacheTracer, TracedOperation, TracedOutcome } from './events/tracer.js'
export { type HoleFailed, Holes, holes } from './holes/hole.js'
export { type CutBody, HoleMarks, type HolePlace, MAX_HOLES } from './holes/marks/hole-marks.js'
export { decodeHoles, encodeHoles } from './holes/marks/hole-places.js'
export { type HolePart, HoleSplitter } from './holes/marks/hole-splitter.js'
export { joinHoles } from './holes/marks/join-holes.js'
export { pauseBefore } from './locks/pauses.js'
export { keepRenewed } from './locks/renewing.js'
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
export { warnOfMilliseconds } from './options/milliseconds-warning.js'
export { expiryOf, parseTimeout } from './options/timeout.js'
export { applyWarnings, warnings } from './options/warnings-option.js'
export { isStore } from './stores/store.js'
export { checkTags, tagsOf } from './tags/check-tags.js'
export type { PeekedVerdict } from './tags/peek-verdict.js'
export { TagClock } from './tags/tag-clock.js'
export type { Tagged, TagVerdict } from './tags/verified.js'
export { type Flight, Flights } from './util/flights.js'
export { warnIfInHandler, warnIfJustMade } from './util/in-handler.js'
export { after, isPromise, type MaybePromise } from './util/maybe-promise.js'
export { redact } from './util/redact.js'
export {
  forgetWarnings,
  isDue,
  WARNING_CODES,
  type WarningCode,
  type Warnings,
  warn,
  warnOnce,
} from './util/warnings.js'
