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

function reduce(value: string): string {
  const ranks = new Map<string, number>()
  for (const member of value.toLowerCase().split(',')) {
    const [name = '', ...parameters] = member.split(';').map((part) => part.trim())
    const coding = name === 'x-gzip' ? 'gzip' : name
    if (codings.has(coding)) ranks.set(coding, weightOf(parameters))
  }
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
