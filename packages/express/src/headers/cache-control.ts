import { type CacheControlChanges, checkCacheControlChanges } from '@sitecache/http'
import onHeaders from 'on-headers'
import type { Wrapper } from '../framework/types.js'
import { makeWrapper } from '../framework/wrapper.js'
import { patchCacheControl } from './patch-headers.js'

/**
 * Adds directives to the page's Cache-Control, as Django's cache_control: the smaller of two max-ages wins, public
 * and private exclude each other.
 *
 * @param changes directives in camelCase, snake_case or as HTTP spells them; times in seconds
 * @example app.get('/b', cacheControl({ private: true, maxAge: 3600 }), handler)
 * @throws TypeError or RangeError for a directive's value that HTTP doesn't allow
 */
export function cacheControl(changes: CacheControlChanges): Wrapper {
  const checked = checkCacheControlChanges(changes, 'cacheControl')
  return makeWrapper('cacheControl', (_req, res, next) => {
    onHeaders(res, () => patchCacheControl(res, checked))
    return next()
  })
}
