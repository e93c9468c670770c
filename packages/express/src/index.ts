export {
  Cache,
  type CacheSettings,
  Caches,
  cache,
  caches,
  configure,
  createCaches,
  dummyStore,
  type GetOrSetOptions,
  type HoleFunction,
  type HoleOptions,
  KeyNotFoundError,
  type Lease,
  type LeaseOptions,
  type LockHold,
  type LockOptions,
  LockTimeoutError,
  type Mark,
  memoryStore,
  type SetOptions,
  SettingsError,
  SitecacheError,
  StoreError,
  type TagOptions,
  type TieredStoreOptions,
  type Timeout,
  tieredStore,
  UnknownCacheError,
  ValueError,
  type WarningCode,
  type Warnings,
  type WrapOptions,
} from '@sitecache/core'
export type { Buckets, CacheControlChanges, KeyPart, Policy, QueryOption } from '@sitecache/http'
export { type ExplainedRequest, type ExplainOptions, explain } from './explain/explain.js'
export { explainText } from './explain/explain-text.js'
export type {
  Downstream,
  DownstreamCache,
  ExplainedDrops,
  ExplainedInput,
  ExplainedKey,
  ExplainedKeyPart,
  ExplainedLifetime,
  ExplainedReason,
  ExplainedSplit,
  ExplainedSplits,
  ExplainedVariant,
  ExplainedVariants,
  Explanation,
  LastPurge,
  LayerExplanation,
  WouldDo,
} from './explain/explanation.js'
export type { FieldWriter } from './inputs/field-writers.js'
export { cacheControl, type TargetedChanges } from './middleware/cache-control.js'
export { cachePage } from './middleware/cache-page.js'
export { addCacheTags, cacheTags } from './middleware/cache-tags.js'
export { conditionalGet } from './middleware/conditional-get.js'
export { fetchFromCache } from './middleware/fetch-from-cache.js'
export { invalidates } from './middleware/invalidates.js'
export { neverCache } from './middleware/never-cache.js'
export { type PurgeOptions, purge } from './middleware/purge.js'
export type { HandlerCache as RequestCache } from './middleware/request-cache.js'
export { cached, hole } from './middleware/request-functions.js'
export { siteCache } from './middleware/site-cache.js'
export { updateCache } from './middleware/update-cache.js'
export { varyOnCookie, varyOnHeaders } from './middleware/vary-on.js'
export { type ServerListener, withSiteCache } from './middleware/with-site-cache.js'
export {
  addNeverCacheHeaders,
  getMaxAge,
  hasVaryHeader,
  patchCacheControl,
  patchResponseHeaders,
  patchVaryHeaders,
} from './node/patch-headers.js'
export type { Handler, Middleware, Next, Wrapper } from './node/types.js'
export type { LastRender } from './options/last-renders.js'
export type { PageOptions, SiteOptions } from './options/page-options.js'
export { getPageKey, invalidatePage, type PageQuery } from './purging/invalidate-page.js'
export { type InvalidateOptions, invalidateRoute, invalidateTags } from './purging/invalidate-tags.js'
export type { CacheOutcome } from './state/outcome.js'
export { keepRequestBody } from './state/request-body.js'
export { cacheOutcome } from './state/request-state.js'
export { leaveUncounted } from './state/uncounted.js'
export { type WarmOptions, type WarmProgress, type WarmResult, warm } from './warming/warm.js'
