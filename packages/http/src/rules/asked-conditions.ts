import { fieldValue, type HeaderMap } from '../fields/headers.js'

/**
 * Conditions of a request for a page that is not stored:
 * - `none`: it asks for the page;
 * - `answered-here`: the handler is asked for the whole page, and the cache answers by it, as it
 *   will once the page is stored;
 * - `for-the-handler`: the handler answers them itself.
 */
export type AskedConditions = 'none' | 'answered-here' | 'for-the-handler'

/** RFC 9110 §14.1.2: all bytes, which players ask for first. */
const allBytes = /^bytes\s*=\s*0*0-\s*$/i

/**
 * Returns the conditions of a request. Validators and `Range: bytes=0-` are answered here, so that
 * a reload fills the cache as any other visit does. Another range goes to the handler: a seek in a
 * large file must not have all of it made. RFC 9111 §4.3.2: If-Match and If-Unmodified-Since are
 * not for caches to evaluate.
 *
 * @param headers of the request, names in lower case
 */
export function askedConditions(headers: HeaderMap): AskedConditions {
  if (headers['if-match'] !== undefined || headers['if-unmodified-since'] !== undefined)
    return 'for-the-handler'
  const range = fieldValue(headers, 'range')
  if (range !== undefined) return allBytes.test(range) ? 'answered-here' : 'for-the-handler'
  const validates = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined
  return validates ? 'answered-here' : 'none'
}
