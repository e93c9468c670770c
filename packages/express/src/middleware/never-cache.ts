import onHeaders from 'on-headers'
import { addNeverCacheHeaders } from '../node/patch-headers.js'
import type { Wrapper } from '../node/types.js'
import { makeWrapper } from './wrapper.js'

/**
 * Says that the page must never be cached, here or anywhere, as Django's never_cache:
 * `max-age=0, no-cache, no-store, must-revalidate, private`.
 *
 * @example app.get('/c', neverCache, handler)
 */
export const neverCache: Wrapper = makeWrapper(
  'neverCache',
  (_req, res, next) => {
    onHeaders(res, () => addNeverCacheHeaders(res))
    return next()
  },
  "app.get('/', neverCache, handler), without a call",
)
