export { reduceAcceptEncoding } from './accept-encoding.js'
export type { Bucket, Buckets } from './buckets.js'
export { type CacheControl, type Directive, parseCacheControl } from './cache-control.js'
export { type CacheStatus, formatCacheStatus, parseCacheStatus } from './cache-status.js'
export { isNotModified } from './conditions.js'
export { type ContentMethod, contentMaterial, isSafe } from './content.js'
export { bypassReason, type Decision, decide, type Forward, hasValidator, type LookUp } from './decide.js'
export { isDueEarly } from './early.js'
export { describesBytes, filledControl, tellsLifetime } from './filled.js'
export { describesSame, freshenedHeaders } from './freshen.js'
export { freshnessLifetime, initialAge, type Lifetime, type LifetimeFacts, type Policy } from './freshness.js'
export { connectionNames, fieldValue, type HeaderMap, isHopByHop } from './headers.js'
export { formatHttpDate, parseHttpDate } from './http-date.js'
export { isBrowserHeader } from './inputs/browser-headers.js'
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
  SESSION_INPUT,
  VISITOR_INPUT,
  varyInputs,
} from './inputs/input-names.js'
export { type InputMatching, type InputSource, inputsKeyText } from './inputs/key-text.js'
export { MAX_INPUTS, mergeInputs, tooManyInputs } from './inputs/merge.js'
export { plainText } from './inputs/plain-value.js'
export { isIdentityInput, isPrivateInput, varyFieldsOf } from './inputs/vary-fields.js'
export { wellFormedText } from './inputs/well-formed.js'
export {
  digest,
  material,
  normalizeHost,
  type RequestTarget,
  type Selection,
  targetMaterial,
  variantMaterial,
} from './key.js'
export { lifetimeHeaders, maxAgeOf, neverCacheChanges } from './lifetime-headers.js'
export { preferredLanguage } from './normalize.js'
export { Page, type PageInit } from './page.js'
export {
  type ContentRange,
  combineParts,
  contentRangeOf,
  isWhole,
  missingRange,
  type Part,
} from './partial.js'
export {
  type CacheControlChanges,
  checkCacheControlChanges,
  type DirectiveValue,
  patchCacheControl,
} from './patch-cache-control.js'
export { type QueryOption, selectQuery } from './query.js'
export type { Slice } from './ranges.js'
export {
  type Answer,
  answerFor,
  notModifiedHeaders,
  type PartialResponse,
  partialResponse,
  staysInNotModified,
  unsatisfiableHeaders,
} from './respond.js'
export { isServerError, type Outcome, type Settlement, settle } from './settle.js'
export { forbidsStale, type StaleRules, type StaleUse, staleUse, standsInForError } from './stale.js'
export {
  type Judgement,
  judgeResponse,
  type ResponseFacts,
  type SkipReason,
  type Storable,
} from './storable.js'
export { type Control, controlOf, parseStringList } from './targeted.js'
export { mergeVary, parseVary, patchVary } from './vary.js'
export { VaryRecord, type VaryRecordInit } from './vary-record.js'
