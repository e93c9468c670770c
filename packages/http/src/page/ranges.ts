import parseRange from 'range-parser'
import type { ContentRange } from '../fields/content-range.js'

/** Bytes of a representation; positions include both ends (RFC 9110 §14.1.2). */
export interface Slice {
  readonly start: number
  readonly end: number
  readonly body: Buffer
}

/**
 * Slices that answer a Range; 'full': the Range is ignored and the whole body sent;
 * 'unsatisfiable': the body has none of its bytes (416).
 */
export type RangeOutcome = readonly Slice[] | 'full' | 'unsatisfiable'

/** RFC 9110 §14.1.2: byte ranges. A Range of another form is ignored. */
const rangesForm = /^bytes=\s*(?:\d+-\d*|-\d+)(?:\s*,\s*(?:\d+-\d*|-\d+))*\s*$/i
/** RFC 9110 §17.15: a request for more ranges is treated as an attack, and gets the whole body. */
const MAX_RANGES = 16

/**
 * Returns the slices of a complete body that a Range asks for, in the order asked for. Slices that
 * meet or overlap are combined (RFC 9110 §14.2).
 */
export function slicesOf(body: Buffer, range: string): RangeOutcome {
  if (!rangesForm.test(range)) return 'full'
  const specs = range.slice(range.indexOf('=') + 1).split(',')
  if (specs.length > MAX_RANGES || specs.some(endsBeforeItBegins)) return 'full'
  const within = specs.map((spec) => boundedSuffix(spec.trim(), body.length)).join(',')
  const found = parseRange(body.length, `bytes=${within}`, { combine: true })
  if (typeof found === 'number') return found === -1 ? 'unsatisfiable' : 'full'
  return found.map(({ start, end }) => ({ start, end, body: body.subarray(start, end + 1) }))
}

/**
 * RFC 9110 §14.1.1: an int-range that ends before it begins is invalid, so the Range is ignored.
 */
function endsBeforeItBegins(spec: string): boolean {
  const [first = '', last = ''] = spec.trim().split('-')
  return first !== '' && last !== '' && Number(last) < Number(first)
}

/** RFC 9110 §14.1.2: a suffix longer than the body means all of it; range-parser refuses it. */
function boundedSuffix(spec: string, length: number): string {
  return spec.startsWith('-') ? `-${Math.min(Number(spec.slice(1)), length)}` : spec
}

const singleForm = /^bytes=\s*(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))\s*$/i

/**
 * Returns the slice of a stored part that a Range asks for.
 *
 * @returns undefined where the part lacks some of the bytes, where the total is needed but not
 *   known, and for several ranges
 */
export function sliceOfPart(held: ContentRange, body: Buffer, range: string): Slice | undefined {
  const [matched, first, last, suffix] = singleForm.exec(range) ?? []
  const { start, total } = held
  // RFC 9111 §3.3: a part that ended early answers only for what is wholly within it.
  const end = Math.min(held.end, start + body.length - 1)
  if (matched === undefined) return undefined
  if (suffix !== undefined) {
    const length = Number(suffix)
    if (total === undefined || end !== total - 1 || length > body.length || length === 0) return undefined
    return { start: total - length, end, body: body.subarray(body.length - length) }
  }
  if (last === '' && total === undefined) return undefined
  const from = Number(first)
  const to = Math.min(
    last === '' ? Number.POSITIVE_INFINITY : Number(last),
    (total ?? Number.POSITIVE_INFINITY) - 1,
  )
  if (from < start || to > end || to < from) return undefined
  return { start: from, end: to, body: body.subarray(from - start, to - start + 1) }
}
