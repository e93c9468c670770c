import { weightOf } from './weight.js'

/** Codings that servers choose among; other names in Accept-Encoding are ignored. */
const codings = new Set(['br', 'gzip', 'deflate', 'zstd', 'compress', 'identity', '*'])

const remembered = new Map<string, string>()
const MAX_REMEMBERED = 200

/**
 * Reduces Accept-Encoding to its meaning: the codings that the client accepts, in the order of its
 * preference (RFC 9110 §12.5.3). Clients with equal results can share a page.
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
 * Returns whether all clients whose Accept-Encoding reduces to the same value can read a body in
 * these codings. Without the header all can (RFC 9110 §12.5.3). Unknown codings are passed over:
 * `variesByCoding` keys them by the exact header.
 *
 * @param contentEncoding value of the field: one coding or several
 */
export function acceptsCodings(acceptEncoding: string | undefined, contentEncoding: string): boolean {
  // The common case costs no parsing: what is not encoded is always acceptable.
  if (acceptEncoding === undefined || contentEncoding === '') return true
  const ranks = ranksOf(acceptEncoding)
  return codingsOf(contentEncoding).every(
    (coding) =>
      !codings.has(coding) || coding === 'identity' || (ranks.get(coding) ?? ranks.get('*') ?? 0) > 0,
  )
}

/** Name in a vary record for the exact, unreduced Accept-Encoding; no header can have this name. */
export const EXACT_ACCEPT_ENCODING = '=accept-encoding'

/**
 * Returns the names by which an encoded body varies, even if its Vary doesn't say so. An unknown
 * coding needs the exact Accept-Encoding, since reducing drops its name.
 */
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
  // The field can't have a quote (RFC 9110 §12.5.3). Parsers differ about where it ends: no coding
  // is sure, and a body that isn't encoded is always acceptable.
  if (value.includes('"')) return ranks
  for (const member of value.toLowerCase().split(',')) {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim())
    const coding = codingOf(name)
    // The smaller of two weights: parsers differ, and an unencoded body is always acceptable.
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
  // RFC 9110 §12.5.3: q=0 matters only for codings that are acceptable without being named.
  const unasked = (ranks.get('*') ?? 0) > 0 ? [...codings] : ['identity', '*']
  const refused = unasked.filter((coding) => ranks.get(coding) === 0)
  const groups = new Map<number, string[]>()
  for (const [coding, q] of accepted) groups.set(q, [...(groups.get(q) ?? []), coding])
  return [
    ...[...groups.values()].map((group) => group.join('=')),
    ...refused.map((coding) => `!${coding}`),
  ].join('>')
}
