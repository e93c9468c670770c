import parseRange from 'range-parser'
import { isNotModified } from './conditions.js'
import { fieldValue, type HeaderMap } from './headers.js'
import { parseHttpDate } from './http-date.js'
import type { Page } from './page.js'

/** What a stored page answers to a request. Positions in bytes, both included (RFC 9110 §14.1.2). */
export type Answer =
  | { readonly kind: 'full' }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'partial'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }

const full: Answer = { kind: 'full' }
const notModified: Answer = { kind: 'not-modified' }
const unsatisfiable: Answer = { kind: 'unsatisfiable' }

/** One range of bytes; several are answered with the whole page, as RFC 9110 §14.2 allows. */
const singleRange = /^bytes=\s*(?:(\d+)-(\d*)|-(\d+))\s*$/i

/** RFC 9110 §13.2.2: conditions first, then the range. Only a 200 has either. */
export function answerFor(page: Page, method: string, headers: HeaderMap, now: number): Answer {
  if (page.status !== 200) return full
  const conditional = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined
  if (conditional && isNotModified(headers, { etag: page.etag, 'last-modified': page.lastModified }, now))
    return notModified
  if (headers.range === undefined || method !== 'GET') return full
  return rangeHolds(page, headers, now) ? partOf(page, String(headers.range)) : full
}

/** RFC 9110 §13.1.5: a range is for the representation that If-Range names, by strong comparison (a date: §8.8.2.2). */
function rangeHolds(page: Page, headers: HeaderMap, now: number): boolean {
  const condition = fieldValue(headers, 'if-range')
  if (condition === undefined) return true
  if (condition.startsWith('"')) return condition === page.etag
  const date = parseHttpDate(condition, now)
  return date !== undefined && date === page.modifiedAt(now) && page.storedAt - date >= 1000
}

function partOf(page: Page, range: string): Answer {
  const [, first, last, suffix] = singleRange.exec(range) ?? []
  if (!singleRange.test(range)) return full
  // RFC 9110 §14.1.1: an int-range that ends before it begins is invalid, and a Range that is invalid is ignored.
  if (first !== undefined && last !== undefined && last !== '' && Number(last) < Number(first)) return full
  // RFC 9110 §14.1.2: a suffix longer than the body is all of it; for range-parser it can't be satisfied.
  const within = suffix === undefined ? range : `bytes=-${Math.min(Number(suffix), page.body.length)}`
  const ranges = parseRange(page.body.length, within)
  if (typeof ranges === 'number') return ranges === -1 ? unsatisfiable : full
  const [only] = ranges
  return only === undefined ? unsatisfiable : { kind: 'partial', start: only.start, end: only.end }
}

/** RFC 9110 §15.4.5: metadata of a body that is not sent. */
const ofTheBody = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-range',
])

/** RFC 9110 §15.4.5, and cookies and CORS, which are about the exchange and not the body. */
const ofNotModified = new Set([
  'cache-control',
  'content-location',
  'date',
  'etag',
  'expires',
  'last-modified',
  'set-cookie',
  'vary',
])

/** May this header of a 200 stand in its 304? What else a 200 says, its client has. @param name in lower case */
export function staysInNotModified(name: string): boolean {
  return ofNotModified.has(name) || name.startsWith('access-control-')
}

/** The headers of a 304. */
export function notModifiedHeaders(page: Page): readonly string[] {
  return without(page.headers, (name) => !staysInNotModified(name))
}

/** The headers of a 206 (RFC 9110 §15.3.7). */
export function partialHeaders(page: Page, start: number, end: number): readonly string[] {
  const kept = without(page.headers, (name) => name === 'content-length')
  return [
    ...kept,
    'Content-Range',
    `bytes ${start}-${end}/${page.body.length}`,
    'Content-Length',
    String(end - start + 1),
  ]
}

/** The headers of a 416 (RFC 9110 §15.5.17). */
export function unsatisfiableHeaders(page: Page): readonly string[] {
  const kept = without(
    page.headers,
    (name) => ofTheBody.has(name) || name === 'etag' || name === 'last-modified',
  )
  return [...kept, 'Content-Range', `bytes */${page.body.length}`, 'Content-Length', '0']
}

function without(headers: readonly string[], drops: (name: string) => boolean): readonly string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    if (!drops(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
