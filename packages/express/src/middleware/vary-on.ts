import onHeaders from 'on-headers'
import { checkFieldNames, patchVaryHeaders } from '../node/patch-headers.js'
import type { Middleware, Wrapper } from '../node/types.js'
import { checkCall } from './check-call.js'
import { makeWrapper } from './wrapper.js'

/**
 * Says that the page varies by these request headers, as Django's vary_on_headers.
 *
 * @example app.get('/a', varyOnHeaders('Accept-Language', 'Cookie'), handler)
 * @throws TypeError for a name that is no field name
 */
export function varyOnHeaders(...names: string[]): Wrapper {
  const usage = "app.get('/', varyOnHeaders('Accept-Language'), handler)"
  checkCall('varyOnHeaders', usage, names[0])
  return varyOn('varyOnHeaders', checkFieldNames(names, 'varyOnHeaders'), usage)
}

function varyOn(name: string, headers: readonly string[], usage: string): Wrapper {
  const middleware: Middleware = (_req, res, next) => {
    onHeaders(res, () => patchVaryHeaders(res, headers))
    return next()
  }
  return makeWrapper(name, middleware, usage)
}

/**
 * Says that the page varies by cookies, as Django's vary_on_cookie.
 *
 * @example app.get('/a', varyOnCookie, handler)
 */
export const varyOnCookie: Wrapper = varyOn(
  'varyOnCookie',
  ['Cookie'],
  "app.get('/', varyOnCookie, handler), without a call",
)
