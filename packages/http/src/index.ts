export { reduceAcceptEncoding } from './accept-encoding.js'
export type { Bucket, Buckets } from './buckets.js'
export { type CacheControl, type Directive, parseCacheControl } from './cache-control.js'
export { type CacheStatus, formatCacheStatus } from './cache-status.js'
export { isNotModified } from './conditions.js'
export { bypassReason, type Decision, decide, type Forward, type LookUp } from './decide.js'
export { freshnessLifetime, initialAge, type Lifetime, type LifetimeFacts, type Policy } from './freshness.js'
export { connectionNames, fieldValue, type HeaderMap, isHopByHop } from './headers.js'
export { formatHttpDate, parseHttpDate } from './http-date.js'
export {
  digest,
  material,
  normalizeHost,
  type RequestTarget,
  targetMaterial,
  variantMaterial,
} from './key.js'
export { lifetimeHeaders, maxAgeOf, neverCacheChanges } from './lifetime-headers.js'
export { Page, type PageInit } from './page.js'
export {
  type CacheControlChanges,
  checkCacheControlChanges,
  type DirectiveValue,
  patchCacheControl,
} from './patch-cache-control.js'
export { type QueryOption, selectQuery } from './query.js'
export {
  type Answer,
  answerFor,
  notModifiedHeaders,
  partialHeaders,
  staysInNotModified,
  unsatisfiableHeaders,
} from './respond.js'
export { type Judgement, judgeResponse, type ResponseFacts, type SkipReason } from './storable.js'
export { mergeVary, parseVary, patchVary } from './vary.js'
export { VaryRecord, type VaryRecordInit } from './vary-record.js'
