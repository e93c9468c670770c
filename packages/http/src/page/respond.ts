import { randomBytes } from 'node:crypto'
import { isNotModified } from '../fields/conditions.js'
import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { parseHttpDate } from '../fields/http-date.js'
import { isSafe } from '../key/content.js'
import type { Page } from './page.js'
import { type Slice, sliceOfPart, slicesOf } from './ranges.js'

/** What a stored page answers to a request. */
export type Answer =
  | { readonly kind: 'full' }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'partial'; readonly slices: readonly Slice[] }
  | { readonly kind: 'unsatisfiable' }

const full: Answer = { kind: 'full' }
const notModified: Answer = { kind: 'not-modified' }
const unsatisfiable: Answer = { kind: 'unsatisfiable' }

/**
 * RFC 9110 §13.2.2: conditions first, then the range. Only a 200, whole or in part, has either; a 304 is for safe methods alone (§13.1.2),
 * and ranges for GET.
 */
export function answerFor(page: Page, method: string, headers: HeaderMap, now: number): Answer {
  if (page.status !== 200 && page.status !== 206) return full
  const conditional = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined
  if (conditional && isSafe(method) && isUnchanged(page, headers, now)) return notModified
  if (headers.range === undefined || method !== 'GET') return full
  return rangeHolds(page, headers, now) ? partOf(page, String(headers.range)) : full
}

function isUnchanged({ etag, lastModified }: Page, headers: HeaderMap, now: number): boolean {
  return isNotModified(headers, { etag, 'last-modified': lastModified }, now)
}

/** The slice that a stored part has for a request, if it has all that is asked for. */
export function partAnswer(page: Page, method: string, headers: HeaderMap, now: number): Slice | undefined {
  const { part } = page
  if (part === undefined || headers.range === undefined || method !== 'GET') return undefined
  if (!rangeHolds(page, headers, now)) return undefined
  return sliceOfPart(part, page.body, String(headers.range))
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
  if (page.part !== undefined) {
    const slice = sliceOfPart(page.part, page.body, range)
    return slice === undefined ? full : { kind: 'partial', slices: [slice] }
  }
  const slices = slicesOf(page.body, range)
  if (slices === 'full') return full
  return slices === 'unsatisfiable' ? unsatisfiable : { kind: 'partial', slices }
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

/** A 206 as it is sent. */
export interface PartialResponse {
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** A 206 for the slices of a page (RFC 9110 §15.3.7): several go out as multipart/byteranges (§14.6). */
export function partialResponse(page: Page, slices: readonly Slice[]): PartialResponse {
  const total = page.part === undefined ? page.body.length : page.part.total
  const [only] = slices
  if (only === undefined || slices.length > 1) return multipart(page, slices, total)
  const kept = without(page.headers, (name) => name === 'content-length' || name === 'content-range')
  const range = ['Content-Range', contentRange(only, total), 'Content-Length', String(only.body.length)]
  return { headers: [...kept, ...range], body: only.body }
}

function multipart(page: Page, slices: readonly Slice[], total: number | undefined): PartialResponse {
  // Random: no body can hold what it can't foresee.
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
  const kept = without(page.headers, (name) => name === 'content-length' || name === 'content-type')
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
