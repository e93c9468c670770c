import { weightOf } from './weight.js'

/**
 * RFC 9111 §4.1: request headers also match where they differ only in one line or several, in white
 * space around commas, or in letter case and order of equally wanted languages.
 */

/** Fields that are no lists: commas and the white space around them belong to the value. */
const singletons = new Set(['authorization', 'cookie', 'from', 'host', 'referer', 'user-agent'])

/**
 * Quotes, and white space that HTTP doesn't know: a handler with its own parser may read them
 * differently, so the value stays as it is. For the same reason empty members stay: `dark,` isn't
 * `dark`.
 */
const ambiguous = /"|[^\S \t]/

/** Returns the normalized value of a header named in Vary. @param name in lower case */
export function normalizedValue(name: string, value: string): string {
  if (singletons.has(name) || ambiguous.test(value)) return value
  const members = value.split(',').map((member) => member.trim())
  if (name !== 'accept-language') return members.join(',')
  return members.every((member) => plainRange.test(member)) ? normalizedLanguages(value) : value
}

/**
 * RFC 9110 §12.5.4, §12.4.2: weights that all parsers read alike; values with others stay as they
 * are.
 */
const plainRange = /^[A-Za-z0-9*-]+[ \t]*(?:;[ \t]*q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

interface LanguageRange {
  readonly tag: string
  readonly weight: number
}

/** RFC 9110 §12.5.4: weights have a meaning, the order has none. */
function normalizedLanguages(value: string): string {
  return languageRanges(value)
    .map(({ tag, weight }) => `${tag};q=${weight}`)
    .join(',')
}

/** Returns the ranges by descending weight, those of one weight by name. */
function languageRanges(value: string): readonly LanguageRange[] {
  const ranges = value.split(',').flatMap((member) => {
    const [tag = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase())
    return tag === '' ? [] : [{ tag, weight: weightOf(parameters) }]
  })
  return ranges.sort((a, b) => b.weight - a.weight || (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0))
}

/**
 * Returns the one language of the greatest weight in Accept-Language, in lower case. A page in that
 * language suits the client, whatever else it accepts (RFC 9110 §12.5.4).
 *
 * @returns undefined where several have that weight, or none is named
 */
export function preferredLanguage(value: string | undefined): string | undefined {
  const [first, second] = languageRanges(value ?? '')
  if (first === undefined || first.tag === '*' || first.weight === 0) return undefined
  return second?.weight === first.weight ? undefined : first.tag
}
