import onHeaders from 'on-headers'
import { checkFieldNames, patchVaryHeaders } from '../node/patch-headers.js'
import type { Wrapper } from '../node/types.js'
import { makeWrapper } from './wrapper.js'

/**
 * Says that the page varies by these request headers, as Django's vary_on_headers.
 *
 * @example app.get('/a', varyOnHeaders('Accept-Language', 'Cookie'), handler)
 * @throws TypeError for a name that is no field name
 */
export function varyOnHeaders(...names: string[]): Wrapper {
  const checked = checkFieldNames(names, 'varyOnHeaders')
  return makeWrapper('varyOnHeaders', (_req, res, next) => {
    onHeaders(res, () => patchVaryHeaders(res, checked))
    return next()
  })
}

/**
 * Says that the page varies by cookies, as Django's vary_on_cookie.
 *
 * @example app.get('/a', varyOnCookie, handler)
 */
export const varyOnCookie: Wrapper = varyOnHeaders('Cookie')
