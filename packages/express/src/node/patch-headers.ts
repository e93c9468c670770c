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
import { type Headers, headersOf } from './response-headers.js'

const DEFAULT_TIMEOUT = 600

/** Changes the Cache-Control of a response that is being made; see `cacheControl()`. */
export function patchCacheControl(res: ServerResponse, changes: CacheControlChanges): void {
  const checked = checkCacheControlChanges(changes, 'patchCacheControl')
  res.setHeader('Cache-Control', patchedCacheControl(textOf(res, 'cache-control'), checked))
}

/** Adds names to the Vary of a response; what stands there keeps its place and spelling. */
export function patchVaryHeaders(res: ServerResponse, names: readonly string[]): void {
  const vary = patchVary(textOf(res, 'vary'), checkFieldNames(names, 'patchVaryHeaders'))
  if (vary !== '') res.setHeader('Vary', vary)
}

/** Does the response vary by this request header? */
export function hasVaryHeader(res: ServerResponse, name: string): boolean {
  return parseVary(textOf(res, 'vary')).includes(name.toLowerCase())
}

/**
 * Adds Expires and Cache-Control: max-age, as Django's patch_response_headers. An Expires that stands there stays; the
 * smaller of two max-ages wins.
 *
 * @param timeout seconds or a duration; null: a year, the longest that HTTP knows how to mean. @default 600
 */
export function patchResponseHeaders(res: ServerResponse, timeout: Timeout = DEFAULT_TIMEOUT): void {
  const seconds = parseTimeout(timeout, 'patchResponseHeaders.timeout')
  applyLifetime(res, headersOf(res), seconds ?? Number.POSITIVE_INFINITY, Date.now())
}

/**
 * Tells clients a lifetime in seconds.
 *
 * @param headers those of the response; kept in step with it
 */
export function applyLifetime(res: ServerResponse, headers: Headers, seconds: number, now: number): void {
  const { cacheControl, expires } = lifetimeHeaders(headers, seconds, now)
  res.setHeader('Cache-Control', cacheControl)
  headers['cache-control'] = cacheControl
  if (expires === undefined) return
  res.setHeader('Expires', expires)
  headers.expires = expires
}

/** Says that a response must never be cached, as Django's add_never_cache_headers. */
export function addNeverCacheHeaders(res: ServerResponse): void {
  applyLifetime(res, headersOf(res), 0, Date.now())
  res.setHeader('Cache-Control', patchedCacheControl(textOf(res, 'cache-control'), neverCacheChanges))
}

/** The max-age of a response, in seconds; undefined when it has none that can be read. */
export function getMaxAge(res: ServerResponse): number | undefined {
  return maxAgeOf(headersOf(res))
}

/** @throws TypeError naming what is no field name (RFC 9110 §5.1) */
export function checkFieldNames(names: readonly string[], caller: string): readonly string[] {
  for (const name of names) {
    if (typeof name !== 'string' || !/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) {
      throw new TypeError(
        `${caller} takes names of request headers, such as 'Accept-Language', or '*'; got ${inspect(name)}`,
      )
    }
  }
  return names
}

/** A header of a response as text; undefined when it is not set. @param name in any letter case */
export function textOf(res: ServerResponse, name: string): string | undefined {
  const value = res.getHeader(name)
  return value === undefined ? undefined : String(value)
}
