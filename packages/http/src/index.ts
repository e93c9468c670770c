export { reduceAcceptEncoding } from './fields/accept-encoding.js'
export { addedLines, hasLines } from './fields/added-lines.js'
export type { Bucket, Buckets } from './fields/buckets.js'
export { type CacheControl, type Directive, parseCacheControl } from './fields/cache-control.js'
export type {
  CacheControlChanges,
  CacheControlDirectives,
  CacheControlExtensions,
  DirectiveValue,
} from './fields/cache-control-changes.js'
export { type CacheStatus, formatCacheStatus, parseCacheStatus } from './fields/cache-status.js'
export { isNotModified } from './fields/conditions.js'
export { type ContentRange, contentRangeOf } from './fields/content-range.js'
export { connectionNames, fieldValue, type HeaderMap, isHopByHop } from './fields/headers.js'
export { formatHttpDate, parseHttpDate } from './fields/http-date.js'
export { lifetimeHeaders, maxAgeOf, neverCacheChanges } from './fields/lifetime-headers.js'
export { preferredLanguage } from './fields/normalize.js'
export {
  checkCacheControlChanges,
  patchCacheControl,
} from './fields/patch-cache-control.js'
export { droppedQuery, type QueryOption, selectQuery } from './fields/query.js'
export { stricterChanges } from './fields/stricter-changes.js'
export { type EffectiveControl, effectiveControl, parseStringList } from './fields/targeted.js'
export { mergeVary, parseVary, patchVary } from './fields/vary.js'
export { withoutPrivate } from './fields/without-private.js'
export { choosingHeaders, deviceHeaders, isBrowserHeader } from './inputs/browser-headers.js'
export {
  allCookiesText,
  type CookieHeader,
  type CookiePair,
  cookieHeaderText,
  cookiePairs,
  cookieText,
} from './inputs/cookies.js'
export { defaultIgnore } from './inputs/default-ignore.js'
export { countedHeaders, type InputRules, ignoreFault, inputRules } from './inputs/ignore.js'
export {
  ALL_COOKIES,
  ALL_HEADERS,
  ALL_LOCALS,
  cookieInput,
  headerInput,
  type Input,
  inputText,
  localsInput,
  parseInput,
  readHeaderInput,
  reqInput,
  resInput,
  SESSION_INPUT,
  VISITOR_INPUT,
  varyInputs,
} from './inputs/input-names.js'
export { type InputMatching, type InputSource, inputsKeyText } from './inputs/key-text.js'
export type { LayerFacts, LookUpDetails } from './inputs/look-up-details.js'
export { MAX_INPUTS, mergeInputs, tooManyInputs } from './inputs/merge.js'
export { languageKey, pageKeyText } from './inputs/page-key.js'
export { ownMark, plainText } from './inputs/plain-value.js'
export {
  credentialFields,
  isDeclaredInput,
  isIdentityInput,
  isPrivateInput,
  varyFieldsOf,
} from './inputs/vary-fields.js'
export { wellFormedText } from './inputs/well-formed.js'
export { type ContentMethod, contentKeyText } from './key/content.js'
export { normalizeHost } from './key/host.js'
export { type ExtraKeyParts, encodeKeyParts, type KeyPart, KeyPartError } from './key/key-parts.js'
export {
  digest,
  keyText,
  type RequestTarget,
  splitKeyText,
  targetKeyText,
  type VaryMatching,
  variantKeyText,
} from './key/key-text.js'
export { purgeKeyText } from './key/purge-key.js'
export { sameOriginUrl } from './key/same-origin.js'
export { isSafe } from './methods.js'
export type { ExchangeEvent } from './outcome/exchange-event.js'
export { FORWARDS, type Forward } from './outcome/forwards.js'
export { reasonLines } from './outcome/reason-lines.js'
export { REASONS, type Reason } from './outcome/reasons.js'
export {
  isOffloaded,
  isServed,
  RESULTS,
  type ReasonText,
  type Result,
  type ResultText,
} from './outcome/results.js'
export { type ToldOutcome, toldOutcome } from './outcome/told-outcome.js'
export { isAddedLifetime, isExplicit, type LifetimeBasis } from './page/basis.js'
export { describesBytes, filledControl, tellsLifetime } from './page/filled.js'
export { Page } from './page/page.js'
export type { PageInit } from './page/page-format.js'
export { combineParts, isWhole, missingRange, type Part } from './page/partial.js'
export type { Slice } from './page/ranges.js'
export {
  describesContent,
  notModifiedHeaders,
  type PageResponse,
  type PartialResponse,
  pageResponse,
  partialResponse,
  staysInNotModified,
  unsatisfiableHeaders,
} from './page/respond.js'
export { type AddedLifetime, addedLifetimeOf, asToldNow, removeAddedLifetime } from './page/told.js'
export { VaryRecord, type VaryRecordInit } from './page/vary-record.js'
export { type AskedConditions, askedConditions } from './rules/asked-conditions.js'
export { lifetimeBasis } from './rules/basis.js'
export { browserUse, type CacheUse } from './rules/browser-cache.js'
export { bypassReason } from './rules/bypass.js'
export { cdnUse } from './rules/cdn-cache.js'
export {
  decideRequest,
  type ForwardReason,
  hasValidator,
  type PresentedRequest,
  type RequestDecision,
} from './rules/decide-request.js'
export {
  confirms,
  decideResponse,
  isServerError,
  type ReceivedResponse,
  type ResponseDecision,
} from './rules/decide-response.js'
export { isDueEarly } from './rules/early.js'
export { describesSame, freshenedHeaders } from './rules/freshen.js'
export {
  freshnessLifetime,
  initialAge,
  type Lifetime,
  type LifetimeFacts,
  type Policy,
} from './rules/freshness.js'
export { passingNonces } from './rules/nonce.js'
export {
  forbidsStale,
  type StaleRules,
  type StaleUse,
  staleMayReplaceError,
  staleUse,
} from './rules/stale.js'
export {
  type ResponseFacts,
  type Storability,
  type Storable,
  storability,
  type UnstorableReason,
} from './rules/storability.js'
