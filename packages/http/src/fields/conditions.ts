import fresh from 'fresh'
import { fieldValue, type HeaderMap } from './headers.js'
import { parseHttpDate } from './http-date.js'

/**
 * Does the client have what it asks for (RFC 9110 §13.2.2, steps 3 and 4)? If-None-Match by weak comparison; without
 * it, If-Modified-Since.
 *
 * `fresh` compares; it is shown only what it is to compare, because it would also take dates that HTTP doesn't know and
 * obey Cache-Control by itself.
 *
 * @param headers of the response, by names in lower case
 * @param now milliseconds since the epoch
 */
export function isNotModified(requestHeaders: HeaderMap, headers: HeaderMap, now: number): boolean {
  const noneMatch = fieldValue(requestHeaders, 'if-none-match')
  const etag = fieldValue(headers, 'etag')
  if (noneMatch !== undefined) return fresh({ 'if-none-match': noneMatch }, { etag })
  const since = fieldValue(requestHeaders, 'if-modified-since')
  const modified = fieldValue(headers, 'last-modified')
  if (since === undefined || modified === undefined) return false
  const sinceDate = parseHttpDate(since, now)
  const modifiedDate = parseHttpDate(modified, now)
  return sinceDate !== undefined && modifiedDate !== undefined && modifiedDate <= sinceDate
}
