import { fieldValue, type HeaderMap } from './headers.js'
import { parseHttpDate } from './http-date.js'

/**
 * Returns whether the client has the response already (RFC 9110 §13.2.2, steps 3 and 4):
 * If-None-Match by weak comparison; without it, If-Modified-Since.
 *
 * @param requestHeaders names in lower case
 * @param headers of the response, names in lower case
 * @param now milliseconds since the epoch
 */
export function isNotModified(requestHeaders: HeaderMap, headers: HeaderMap, now: number): boolean {
  const noneMatch = fieldValue(requestHeaders, 'if-none-match')
  const etag = fieldValue(headers, 'etag')
  // RFC 9110 §13.1.3: If-Modified-Since is ignored beside If-None-Match.
  if (noneMatch !== undefined) return matchesWeakly(noneMatch, etag)
  const since = fieldValue(requestHeaders, 'if-modified-since')
  const modified = fieldValue(headers, 'last-modified')
  if (since === undefined || modified === undefined) return false
  const sinceDate = parseHttpDate(since, now)
  const modifiedDate = parseHttpDate(modified, now)
  return sinceDate !== undefined && modifiedDate !== undefined && modifiedDate <= sinceDate
}

/** RFC 9110 §8.8.3: an opaque tag may have commas in it. */
const entityTags = /(?:W\/)?"[^"]*"|[^\s,"][^,"]*/g

/**
 * RFC 9110 §8.8.3.2, §13.1.2: weak comparison with the members of If-None-Match; `*` matches any.
 * A tag of no valid form matches where it came back letter for letter.
 */
function matchesWeakly(noneMatch: string, etag: string | undefined): boolean {
  if (noneMatch.trim() === '*') return true
  if (etag === undefined) return false
  if (noneMatch.trim() === etag) return true
  const wanted = etag.replace(/^W\//, '')
  return (noneMatch.match(entityTags) ?? []).some((tag) => tag.trim().replace(/^W\//, '') === wanted)
}
