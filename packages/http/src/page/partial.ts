import type { ContentRange } from '../fields/content-range.js'

/** Part of a representation: its byte positions, and its bytes. */
export interface Part {
  readonly range: ContentRange
  readonly body: Buffer
}

/**
 * Combines two parts that meet or overlap (RFC 9111 §3.4). The caller has checked that both have
 * the same strong validator.
 *
 * @returns undefined where bytes between the two are missing, or their lengths contradict
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

/** Returns whether a part holds the complete representation. */
export function isWhole({ range }: Part): boolean {
  return range.start === 0 && range.total !== undefined && range.end === range.total - 1
}

/** A part whose announced and real lengths differ can't be combined with another. */
function isExact({ range, body }: Part): boolean {
  return body.length === range.end - range.start + 1
}

/**
 * Returns the Range that asks for the missing bytes of a representation.
 *
 * @returns undefined where more than one range is missing, or the total length is not known
 */
export function missingRange(part: Part): string | undefined {
  const { start, end, total } = part.range
  if (!isExact(part) || total === undefined) return undefined
  if (start === 0 && end < total - 1) return `bytes=${end + 1}-`
  if (start > 0 && end === total - 1) return `bytes=0-${start - 1}`
  return undefined
}
