import parseRange from 'range-parser'
import type { ContentRange } from './partial.js'

/** Some bytes of a representation; positions include both ends (RFC 9110 §14.1.2). */
export interface Slice {
  readonly start: number
  readonly end: number
  readonly body: Buffer
}

/** What a body has of the ranges asked for; 'full': the Range is to be ignored; 'unsatisfiable': nothing of it is there. */
export type RangeOutcome = readonly Slice[] | 'full' | 'unsatisfiable'

/** RFC 9110 §14.1.2: byte ranges; what isn't of this form is ignored. */
const rangesForm = /^bytes=\s*(?:\d+-\d*|-\d+)(?:\s*,\s*(?:\d+-\d*|-\d+))*\s*$/i
/** RFC 9110 §17.15: more than these are asked for to make work, and get the whole. */
const MAX_RANGES = 16

/** The slices of a whole body that a Range asks for: in their order, those that meet or overlap as one (§14.2). */
export function slicesOf(body: Buffer, range: string): RangeOutcome {
  if (!rangesForm.test(range)) return 'full'
  const specs = range.slice(range.indexOf('=') + 1).split(',')
  if (specs.length > MAX_RANGES || specs.some(endsBeforeItBegins)) return 'full'
  const within = specs.map((spec) => boundedSuffix(spec.trim(), body.length)).join(',')
  const found = parseRange(body.length, `bytes=${within}`, { combine: true })
  if (typeof found === 'number') return found === -1 ? 'unsatisfiable' : 'full'
  return found.map(({ start, end }) => ({ start, end, body: body.subarray(start, end + 1) }))
}

/** RFC 9110 §14.1.1: an int-range that ends before it begins is invalid, and a Range that is invalid is ignored. */
function endsBeforeItBegins(spec: string): boolean {
  const [first = '', last = ''] = spec.trim().split('-')
  return first !== '' && last !== '' && Number(last) < Number(first)
}

/** RFC 9110 §14.1.2: a suffix longer than the body is all of it; for range-parser it can't be satisfied. */
function boundedSuffix(spec: string, length: number): string {
  return spec.startsWith('-') ? `-${Math.min(Number(spec.slice(1)), length)}` : spec
}

const singleForm = /^bytes=\s*(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))\s*$/i

/** The slice of a stored part that one range asks for; undefined where the part doesn't hold it all, or it can't be told. */
export function sliceOfPart(held: ContentRange, body: Buffer, range: string): Slice | undefined {
  const [matched, first, last, suffix] = singleForm.exec(range) ?? []
  const { start, end, total } = held
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
  const slice = body.subarray(from - start, to - start + 1)
  return slice.length === 0 ? undefined : { start: from, end: from + slice.length - 1, body: slice }
}
