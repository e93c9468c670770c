import onHeaders from 'on-headers'
import type { Wrapper } from '../framework/types.js'
import { makeWrapper } from '../framework/wrapper.js'
import { addNeverCacheHeaders } from './patch-headers.js'

/**
 * Says that the page must never be cached, here or anywhere, as Django's never_cache: `max-age=0, no-cache, no-store,
 * must-revalidate, private`.
 *
 * @example app.get('/c', neverCache, handler)
 */
export const neverCache: Wrapper = makeWrapper('neverCache', (_req, res, next) => {
  onHeaders(res, () => addNeverCacheHeaders(res))
  return next()
})
