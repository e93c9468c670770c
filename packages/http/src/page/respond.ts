import { randomBytes } from 'node:crypto'
import { isNotModified } from '../fields/conditions.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { formatHttpDate, parseHttpDate } from '../fields/http-date.js'
import { isSafe } from '../methods.js'
import type { Page } from './page.js'
import { type Slice, sliceOfPart, slicesOf } from './ranges.js'

/** Response that a stored page gives to a request. */
export type PageResponse =
  | { readonly kind: 'full' }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'partial'; readonly slices: readonly Slice[] }
  | { readonly kind: 'unsatisfiable' }

const full: PageResponse = { kind: 'full' }
const notModified: PageResponse = { kind: 'not-modified' }
const unsatisfiable: PageResponse = { kind: 'unsatisfiable' }

/**
 * Returns the response of a stored page (RFC 9110 §13.2.2): conditions first, then the range. Only
 * a 200, complete or partial, has either; a 304 is for safe methods (§13.1.2), and ranges for GET.
 *
 * @param headers of the request, names in lower case
 * @param now milliseconds since the epoch
 */
export function pageResponse(page: Page, method: string, headers: HeaderMap, now: number): PageResponse {
  if (page.status !== 200 && page.status !== 206) return full
  const conditional = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined
  if (conditional && isSafe(method) && isUnchanged(page, headers, now)) return notModified
  if (headers.range === undefined || method !== 'GET') return full
  return ifRangeMatches(page, headers, now) ? rangeOf(page, String(headers.range)) : full
}

/**
 * RFC 9111 §4.3.2: a page without Last-Modified is compared by its Date, or by when it came.
 */
function isUnchanged(page: Page, headers: HeaderMap, now: number): boolean {
  const { etag, lastModified } = page
  const modified = lastModified ?? page.header('date') ?? formatHttpDate(page.storedAt)
  return isNotModified(headers, { etag, 'last-modified': modified }, now)
}

/**
 * Returns the slice of a stored 206 that answers a range request (RFC 9111 §3.3).
 *
 * @returns undefined where the part lacks some of the bytes, or the request wants all
 */
export function sliceForRequest(
  page: Page,
  method: string,
  headers: HeaderMap,
  now: number,
): Slice | undefined {
  const { part } = page
  if (part === undefined || headers.range === undefined || method !== 'GET') return undefined
  if (!ifRangeMatches(page, headers, now)) return undefined
  return sliceOfPart(part, page.body, String(headers.range))
}

/**
 * RFC 9110 §13.1.5: If-Range is compared strongly; a date must be a strong validator (§8.8.2.2).
 */
function ifRangeMatches(page: Page, headers: HeaderMap, now: number): boolean {
  const condition = fieldValue(headers, 'if-range')
  if (condition === undefined) return true
  if (condition.startsWith('"')) return condition === page.etag
  const date = parseHttpDate(condition, now)
  return date !== undefined && date === page.modifiedAt(now) && page.storedAt - date >= 1000
}

function rangeOf(page: Page, range: string): PageResponse {
  if (page.part !== undefined) {
    const slice = sliceOfPart(page.part, page.body, range)
    return slice === undefined ? full : { kind: 'partial', slices: [slice] }
  }
  const slices = slicesOf(page.body, range)
  if (slices === 'full') return full
  // RFC 9110 §8.4, §14.6: parts of encoded bytes in one body can't be decoded by its coding.
  if (slices.length > 1 && page.header('content-encoding') !== undefined) return full
  return slices === 'unsatisfiable' ? unsatisfiable : { kind: 'partial', slices }
}

/** RFC 9110 §8: fields about a body, which a response without that body lacks. */
const ofTheBody = new Set([
  'content-digest',
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-md5',
  'content-range',
  'digest',
  'repr-digest',
])

/**
 * Returns whether a field describes a body, which a response without it lacks.
 *
 * @param name in lower case
 */
export function describesContent(name: string): boolean {
  return ofTheBody.has(name)
}

/** RFC 9110 §15.4.5, and Set-Cookie, which is about the exchange and not the body. */
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

/**
 * Returns whether a header of a 200 is sent with its 304 (RFC 9110 §15.4.5), CORS included: it
 * belongs to the exchange. The client has the others already.
 *
 * @param name in lower case
 */
export function staysInNotModified(name: string): boolean {
  return ofNotModified.has(name) || name.startsWith('access-control-')
}

/** Returns the headers of a 304. */
export function notModifiedHeaders(page: Page): readonly string[] {
  return without(page.headers, (name) => !staysInNotModified(name))
}

/**
 * Fields of the bytes of one message, which a part has of its own (RFC 9530 §2). Repr-Digest is of
 * the whole, and stays.
 */
const ofTheContent = new Set(['content-digest', 'content-length', 'content-md5', 'content-range'])

/** Headers and body of a 206. */
export interface PartialResponse {
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** Returns a 206 (RFC 9110 §15.3.7); several slices are sent as multipart/byteranges (§14.6). */
export function partialResponse(page: Page, slices: readonly Slice[]): PartialResponse {
  const total = page.part === undefined ? page.body.length : page.part.total
  const [only] = slices
  if (only === undefined || slices.length > 1) return multipart(page, slices, total)
  const kept = without(page.headers, (name) => ofTheContent.has(name))
  const range = ['Content-Range', contentRange(only, total), 'Content-Length', String(only.body.length)]
  return { headers: [...kept, ...range], body: only.body }
}

function multipart(page: Page, slices: readonly Slice[], total: number | undefined): PartialResponse {
  // Random, so that no body can contain it.
  const boundary = randomBytes(18).toString('base64url')
  const type = page.header('content-type')
  const described = type === undefined ? '' : `Content-Type: ${type}\r\n`
  const chunks = slices.flatMap((slice) => [
    Buffer.from(
      `\r\n--${boundary}\r\n${described}Content-Range: ${contentRange(slice, total)}\r\n\r\n`,
      'latin1',
    ),
    slice.body,
  ])
  const body = Buffer.concat([...chunks, Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1')])
  const kept = without(page.headers, (name) => ofTheContent.has(name) || name === 'content-type')
  const own = [
    'Content-Type',
    `multipart/byteranges; boundary=${boundary}`,
    'Content-Length',
    String(body.length),
  ]
  return { headers: [...kept, ...own], body }
}

function contentRange({ start, end }: Slice, total: number | undefined): string {
  return `bytes ${start}-${end}/${total ?? '*'}`
}

/**
 * Returns the headers of a 416 (RFC 9110 §15.5.17): without the page's lifetime, by which a cache
 * downstream could keep it (RFC 9111 §3), and answer others by it.
 */
export function unsatisfiableHeaders(page: Page): readonly string[] {
  const kept = without(page.headers, (name) => ofTheBody.has(name) || ofTheWhole.test(name))
  return [...kept, 'Content-Range', `bytes */${page.body.length}`, 'Content-Length', '0']
}

const ofTheWhole = /^(?:etag|last-modified|expires|surrogate-control|(?:.+-)?cache-control)$/

function without(headers: readonly string[], drops: (name: string) => boolean): readonly string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = [headers[i], headers[i + 1]]
    if (!drops(name.toLowerCase())) kept.push(name, value)
  }
  return kept
}
