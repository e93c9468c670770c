export {
  Cache,
  type CacheSettings,
  Caches,
  cache,
  cached,
  caches,
  configure,
  createCaches,
  dummyStore,
  type GetOrSetOptions,
  type HoleFunction,
  type HoleOptions,
  hole,
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
  type WrapOptions,
} from '@sitecache/core'
export type { Buckets, CacheControlChanges, Policy, QueryOption } from '@sitecache/http'
export { keepRequestBody } from './content/request-content.js'
export { Exchange } from './exchange/exchange.js'
export type { Handler, Middleware, Next, Wrapper } from './framework/types.js'
export { cacheControl, type TargetedChanges } from './headers/cache-control.js'
export { addCacheTags, cacheTags } from './headers/cache-tags.js'
export { conditionalGet } from './headers/conditional-get.js'
export { neverCache } from './headers/never-cache.js'
export {
  addNeverCacheHeaders,
  getMaxAge,
  hasVaryHeader,
  patchCacheControl,
  patchResponseHeaders,
  patchVaryHeaders,
} from './headers/patch-headers.js'
export { varyOnCookie, varyOnHeaders } from './headers/vary-on.js'
export { cachePage } from './middleware/cache-page.js'
export { fetchFromCache } from './middleware/fetch-from-cache.js'
export { siteCache } from './middleware/site-cache.js'
export { updateCache } from './middleware/update-cache.js'
export { withSiteCache } from './middleware/with-site-cache.js'
export type { KeyPart, PageOptions, SiteOptions } from './options/page-options.js'
export { type InvalidateOptions, invalidateRoute, invalidateTags } from './purging/invalidate-tags.js'
export { invalidates } from './purging/invalidates.js'
export { getPageKey, invalidatePage, type PageQuery } from './purging/page-key.js'
export { type PurgeOptions, purge } from './purging/purge.js'
export { type WarmOptions, type WarmProgress, type WarmResult, warm } from './warming/warm.js'
