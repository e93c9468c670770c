import { weightOf } from './weight.js'

/** Codings that servers choose among; what else a client names changes nothing. */
const codings = new Set(['br', 'gzip', 'deflate', 'zstd', 'compress', 'identity', '*'])

const remembered = new Map<string, string>()
const MAX_REMEMBERED = 200

/**
 * Accept-Encoding reduced to what it means: the codings that the client can read, in the order of its preference
 * (RFC 9110 §12.5.3). Two values with the same result can be given the same page.
 */
export function reduceAcceptEncoding(value: string): string {
  const known = remembered.get(value)
  if (known !== undefined) return known
  const reduced = reduce(value)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  if (value.length < 200) remembered.set(value, reduced)
  return reduced
}

/**
 * Can every client whose Accept-Encoding is reduced as this one read a body in those of these codings that are known here? Without the
 * header all can (RFC 9110 §12.5.3).
 *
 * @param contentEncoding the field's value: one coding or several
 */
export function acceptsCodings(acceptEncoding: string | undefined, contentEncoding: string): boolean {
  if (acceptEncoding === undefined) return true
  const ranks = ranksOf(acceptEncoding)
  return codingsOf(contentEncoding).every(
    (coding) =>
      !codings.has(coding) || coding === 'identity' || (ranks.get(coding) ?? ranks.get('*') ?? 0) > 0,
  )
}

/** The name, beside those of headers, under which Accept-Encoding chooses letter by letter: no header has it. */
export const EXACT_ACCEPT_ENCODING = '=accept-encoding'

/** By what an encoded body varies, whether it says so or not: of a coding that isn't known here, nothing can be reduced. */
export function variesByCoding(contentEncoding: string): readonly string[] {
  const named = codingsOf(contentEncoding).filter((coding) => coding !== 'identity')
  if (named.length === 0) return []
  return named.every((coding) => codings.has(coding))
    ? ['accept-encoding']
    : ['accept-encoding', EXACT_ACCEPT_ENCODING]
}

function codingsOf(contentEncoding: string): readonly string[] {
  const members = contentEncoding.split(',').map((member) => codingOf(member.trim().toLowerCase()))
  return members.filter((coding) => coding !== '')
}

function ranksOf(value: string): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (const member of value.toLowerCase().split(',')) {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim())
    const coding = codingOf(name)
    // Of two weights for one coding the smaller: parsers differ, and what isn't taken for readable is always readable.
    if (codings.has(coding)) ranks.set(coding, Math.min(weightOf(parameters), ranks.get(coding) ?? 1))
  }
  return ranks
}

function codingOf(name: string): string {
  return name === 'x-gzip' ? 'gzip' : name
}

function reduce(value: string): string {
  const ranks = ranksOf(value)
  const accepted = [...ranks].filter(([, q]) => q > 0).sort(([a, p], [b, q]) => q - p || (a < b ? -1 : 1))
  // A refusal means something only for what would be acceptable unasked; beside `*` that is everything.
  const unasked = (ranks.get('*') ?? 0) > 0 ? [...codings] : ['identity', '*']
  const refused = unasked.filter((coding) => ranks.get(coding) === 0)
  const groups = new Map<number, string[]>()
  for (const [coding, q] of accepted) groups.set(q, [...(groups.get(q) ?? []), coding])
  return [
    ...[...groups.values()].map((group) => group.join('=')),
    ...refused.map((coding) => `!${coding}`),
  ].join('>')
}
