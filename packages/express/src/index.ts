export {
  Cache,
  type CacheSettings,
  Caches,
  cache,
  caches,
  configure,
  createCaches,
  dummyStore,
  KeyNotFoundError,
  memoryStore,
  SettingsError,
  SitecacheError,
  StoreError,
  type Timeout,
  UnknownCacheError,
  ValueError,
} from '@sitecache/core'
export type { Buckets, CacheControlChanges, Policy, QueryOption } from '@sitecache/http'
export { cacheControl } from './cache-control.js'
export { cachePage } from './cache-page.js'
export { conditionalGet } from './conditional-get.js'
export { Exchange } from './exchange.js'
export { fetchFromCache } from './fetch-from-cache.js'
export { neverCache } from './never-cache.js'
export { getPageKey, invalidatePage, type PageQuery } from './page-key.js'
export type { KeyPart, PageOptions, SiteOptions } from './page-options.js'
export {
  addNeverCacheHeaders,
  getMaxAge,
  hasVaryHeader,
  patchCacheControl,
  patchResponseHeaders,
  patchVaryHeaders,
} from './patch-headers.js'
export { siteCache } from './site-cache.js'
export type { Handler, Middleware, Next, Wrapper } from './types.js'
export { updateCache } from './update-cache.js'
export { varyOnCookie, varyOnHeaders } from './vary-on.js'
export { withSiteCache } from './with-site-cache.js'
