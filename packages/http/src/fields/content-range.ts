import { fieldValue, type HeaderMap } from './headers.js'

/** Byte positions that a partial response holds, both ends included (RFC 9110 §14.4). */
export interface ContentRange {
  readonly start: number
  readonly end: number
  /** Length of the complete representation, in bytes; undefined where the field says `*`. */
  readonly total: number | undefined
}

/** Fifteen digits: larger numbers are not exact in JavaScript, and no body is that long. */
const form = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i

/**
 * Parses Content-Range (RFC 9110 §14.4).
 *
 * @returns undefined for an invalid field, such as one that ends before its start or after the
 *   total
 */
export function parseContentRange(value: string | undefined): ContentRange | undefined {
  const [, first, last, complete] = form.exec(value?.trim() ?? '') ?? []
  if (first === undefined || last === undefined) return undefined
  const [start, end] = [Number(first), Number(last)]
  const total = complete === '*' ? undefined : Number(complete)
  if (end < start || (total !== undefined && end >= total)) return undefined
  return { start, end, total }
}

/**
 * Returns the Content-Range of a response.
 *
 * @param headers of the response, names in lower case
 * @returns undefined where it is absent or invalid
 */
export function contentRangeOf(headers: HeaderMap): ContentRange | undefined {
  return parseContentRange(fieldValue(headers, 'content-range'))
}
