import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import type { Timeout } from '@sitecache/core'
import { parseTimeout } from '@sitecache/core/internal'
import {
  type CacheControlChanges,
  checkCacheControlChanges,
  lifetimeHeaders,
  maxAgeOf,
  neverCacheChanges,
  parseVary,
  patchCacheControl as patchedCacheControl,
  patchVary,
} from '@sitecache/http'
import { FieldNameError } from './field-name-error.js'
import { type Headers, headersOf } from './response-headers.js'

const DEFAULT_TIMEOUT = 600

/**
 * Changes the Cache-Control of a response before its head is written; see `cacheControl()`.
 *
 * @example patchCacheControl(res, { private: true, maxAge: 60 })
 * @throws TypeError or RangeError for a directive's value that HTTP doesn't allow
 */
export function patchCacheControl(res: ServerResponse, changes: CacheControlChanges): void {
  const checked = checkCacheControlChanges(changes, 'patchCacheControl')
  res.setHeader('Cache-Control', patchedCacheControl(textOf(res, 'cache-control'), checked))
}

/**
 * Adds names of request headers to the Vary of a response; the names already there keep their order
 * and spelling.
 *
 * @example patchVaryHeaders(res, ['Accept-Language'])
 * @throws TypeError for a name that is no field name (RFC 9110 §5.1)
 */
export function patchVaryHeaders(res: ServerResponse, names: readonly string[]): void {
  const vary = patchVary(textOf(res, 'vary'), checkFieldNames(names, 'patchVaryHeaders'))
  if (vary !== '') res.setHeader('Vary', vary)
}

/** Whether the response varies by this request header. @param name in any letter case */
export function hasVaryHeader(res: ServerResponse, name: string): boolean {
  return parseVary(textOf(res, 'vary')).includes(name.toLowerCase())
}

/**
 * Adds Expires and Cache-Control: max-age, as Django's patch_response_headers: an Expires that is
 * already set stays, and the smaller of two max-ages wins.
 *
 * @param timeout seconds or a duration such as `'15m'`; null: a year, the longest that HTTP
 *   recommends. @default 600
 * @example patchResponseHeaders(res, '15m')
 * @throws SettingsError for a timeout of another form
 */
export function patchResponseHeaders(res: ServerResponse, timeout: Timeout = DEFAULT_TIMEOUT): void {
  const seconds = parseTimeout(timeout, 'patchResponseHeaders.timeout')
  applyLifetime(res, headersOf(res), seconds ?? Number.POSITIVE_INFINITY, Date.now())
}

/**
 * Sets Expires and max-age from a lifetime in seconds.
 *
 * @param headers of the response; changed in the same way
 * @param now milliseconds since the epoch
 */
export function applyLifetime(res: ServerResponse, headers: Headers, seconds: number, now: number): void {
  const { cacheControl, expires } = lifetimeHeaders(headers, seconds, now)
  res.setHeader('Cache-Control', cacheControl)
  headers['cache-control'] = cacheControl
  if (expires === undefined) return
  res.setHeader('Expires', expires)
  headers.expires = expires
}

/**
 * Says that a response must never be cached, as Django's add_never_cache_headers.
 *
 * @example addNeverCacheHeaders(res)
 */
export function addNeverCacheHeaders(res: ServerResponse): void {
  applyLifetime(res, headersOf(res), 0, Date.now())
  res.setHeader('Cache-Control', patchedCacheControl(textOf(res, 'cache-control'), neverCacheChanges))
}

/**
 * Returns the max-age of a response in seconds, as Django's get_max_age.
 *
 * @returns undefined when it has none that can be read
 */
export function getMaxAge(res: ServerResponse): number | undefined {
  return maxAgeOf(headersOf(res))
}

/**
 * Checks the names of request headers.
 *
 * @param caller name of the public function, for the message
 * @throws TypeError for a name that is no field name (RFC 9110 §5.1)
 */
export function checkFieldNames(names: readonly string[], caller: string): readonly string[] {
  for (const name of names) {
    if (typeof name !== 'string' || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
      throw new FieldNameError(
        `${caller} takes names of request headers, such as 'Accept-Language', or '*'; got ${inspect(name)}`,
      )
    }
  }
  return names
}

/**
 * Returns a header of a response as text.
 *
 * @param name in any letter case
 * @returns undefined when it is not set
 */
export function textOf(res: ServerResponse, name: string): string | undefined {
  const value = res.getHeader(name)
  return value === undefined ? undefined : String(value)
}
