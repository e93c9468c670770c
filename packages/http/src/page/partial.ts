import { fieldValue, type HeaderMap } from '../fields/headers.js'

/** Which bytes of a representation a partial response holds, both ends included (RFC 9110 §14.4). */
export interface ContentRange {
  readonly start: number
  readonly end: number
  /** Length of the whole, in bytes; undefined: not known. */
  readonly total: number | undefined
}

/** No body is longer: beyond this, numbers are not exact. */
const form = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i

/** RFC 9110 §14.4; undefined for what is none, and for one that ends before it begins or beyond the whole. */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const [, first, last, complete] = form.exec(value?.trim() ?? '') ?? []
  if (first === undefined || last === undefined) return undefined
  const [start, end] = [Number(first), Number(last)]
  const total = complete === '*' ? undefined : Number(complete)
  if (end < start || (total !== undefined && end >= total)) return undefined
  return { start, end, total }
}

/** The one range of bytes that a response holds a part of. @param headers names in lower case */
export function contentRangeOf(headers: HeaderMap): ContentRange | undefined {
  return parseContentRange(fieldValue(headers, 'content-range'))
}

/** A part, and the bytes that it holds. */
export interface Part {
  readonly range: ContentRange
  readonly body: Buffer
}

/**
 * Two parts of one representation as one, where they meet or overlap (RFC 9111 §3.4: the caller has seen that they have the same
 * strong validator). Undefined where they can't be put together.
 */
export function combineParts(stored: Part, received: Part): Part | undefined {
  const total = stored.range.total ?? received.range.total
  if (!isExact(stored) || !isExact(received)) return undefined
  if ((received.range.total ?? total) !== total) return undefined
  const [first, second] = stored.range.start <= received.range.start ? [stored, received] : [received, stored]
  if (second.range.start > first.range.end + 1) return undefined
  const end = Math.max(first.range.end, second.range.end)
  const head = first.body.subarray(0, second.range.start - first.range.start)
  const tail =
    first.range.end > second.range.end ? first.body.subarray(second.range.end + 1 - first.range.start) : []
  const body = Buffer.concat([head, second.body, Buffer.from(tail)])
  return { range: { start: first.range.start, end, total }, body }
}

/** Is a part the whole? */
export function isWhole({ range }: Part): boolean {
  return range.start === 0 && range.total !== undefined && range.end === range.total - 1
}

/** A part whose announced and real lengths differ is not to be built upon. */
function isExact({ range, body }: Part): boolean {
  return body.length === range.end - range.start + 1
}

/** What is missing of a representation, as a Range would ask for it; undefined: more than one range, or it isn't known. */
export function missingRange(part: Part): string | undefined {
  const { start, end, total } = part.range
  if (!isExact(part) || total === undefined) return undefined
  if (start === 0 && end < total - 1) return `bytes=${end + 1}-`
  if (start > 0 && end === total - 1) return `bytes=0-${start - 1}`
  return undefined
}
