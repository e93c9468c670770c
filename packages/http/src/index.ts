export { reduceAcceptEncoding } from './fields/accept-encoding.js'
export type { Bucket, Buckets } from './fields/buckets.js'
export { type CacheControl, type Directive, parseCacheControl } from './fields/cache-control.js'
export { type CacheStatus, formatCacheStatus, parseCacheStatus } from './fields/cache-status.js'
export { isNotModified } from './fields/conditions.js'
export { type ContentMethod, contentMaterial, isSafe } from './key/content.js'
export { bypassReason, type Decision, decide, type Forward, hasValidator, type LookUp } from './rules/decide-request.js'
export { isDueEarly } from './rules/early.js'
export { describesBytes, filledControl, tellsLifetime } from './page/filled.js'
export { describesSame, freshenedHeaders } from './rules/freshen.js'
export { freshnessLifetime, initialAge, type Lifetime, type LifetimeFacts, type Policy } from './rules/freshness.js'
export { connectionNames, fieldValue, type HeaderMap, isHopByHop } from './fields/headers.js'
export { formatHttpDate, parseHttpDate } from './fields/http-date.js'
export {
  digest,
  material,
  normalizeHost,
  type RequestTarget,
  type Selection,
  targetMaterial,
  variantMaterial,
} from './key/key-text.js'
export { lifetimeHeaders, maxAgeOf, neverCacheChanges } from './fields/lifetime-headers.js'
export { preferredLanguage } from './fields/normalize.js'
export { Page, type PageInit } from './page/page.js'
export {
  type ContentRange,
  combineParts,
  contentRangeOf,
  isWhole,
  missingRange,
  type Part,
} from './page/partial.js'
export {
  type CacheControlChanges,
  checkCacheControlChanges,
  type DirectiveValue,
  patchCacheControl,
} from './fields/patch-cache-control.js'
export { type QueryOption, selectQuery } from './fields/query.js'
export type { Slice } from './page/ranges.js'
export {
  type Answer,
  answerFor,
  notModifiedHeaders,
  type PartialResponse,
  partialResponse,
  staysInNotModified,
  unsatisfiableHeaders,
} from './page/respond.js'
export { isServerError, type Outcome, type Settlement, settle } from './rules/decide-response.js'
export { forbidsStale, type StaleRules, type StaleUse, staleUse, standsInForError } from './rules/stale.js'
export {
  type Judgement,
  judgeResponse,
  type ResponseFacts,
  type SkipReason,
  type Storable,
} from './rules/storability.js'
export { type Control, controlOf, parseStringList } from './fields/targeted.js'
export { mergeVary, parseVary, patchVary } from './fields/vary.js'
export { VaryRecord, type VaryRecordInit } from './page/vary-record.js'
