import { weightOf } from './weight.js'

/**
 * RFC 9111 §4.1: request headers named in Vary match too when they differ in what means nothing: several lines or one, white space
 * around commas, letter case and order of languages that are wanted equally.
 */

/** Fields in which commas and the white space around them belong to the value. */
const singletons = new Set(['authorization', 'cookie', 'from', 'host', 'referer', 'user-agent'])

/**
 * What may mean something to a handler that reads the value in its own way: quotes, and white space that HTTP doesn't know. A page
 * that it made of such a value must not be found by a plain one. So for empty members: `dark,` isn't `dark`.
 */
const odd = /"|[^\S \t]/

/** What the value of a header named in Vary means. @param name in lower case */
export function normalizedValue(name: string, value: string): string {
  if (singletons.has(name) || odd.test(value)) return value
  const members = value.split(',').map((member) => member.trim())
  if (name !== 'accept-language') return members.join(',')
  return members.every((member) => plainRange.test(member)) ? normalizedLanguages(value) : value
}

/** RFC 9110 §12.5.4, §12.4.2, and the `q` as all parsers know it: others are read as one weight here and as another there. */
const plainRange = /^[A-Za-z0-9*-]+[ \t]*(?:;[ \t]*q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/

interface LanguageRange {
  readonly tag: string
  readonly weight: number
}

/** RFC 9110 §12.5.4: order says nothing, weights do. */
function normalizedLanguages(value: string): string {
  return languageRanges(value)
    .map(({ tag, weight }) => `${tag};q=${weight}`)
    .join(',')
}

/** The most wanted first, equally wanted ones by name. */
function languageRanges(value: string): readonly LanguageRange[] {
  const ranges = value.split(',').flatMap((member) => {
    const [tag = '', ...parameters] = member.split(';').map((part) => part.trim().toLowerCase())
    return tag === '' ? [] : [{ tag, weight: weightOf(parameters) }]
  })
  return ranges.sort((a, b) => b.weight - a.weight || (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0))
}

/**
 * The one language that a client wants above all others, in lower case; undefined where it names several as wanted equally, or none.
 * A page in just that language is what it asks for, whatever else it would take.
 */
export function preferredLanguage(value: string | undefined): string | undefined {
  const [first, second] = languageRanges(value ?? '')
  if (first === undefined || first.tag === '*' || first.weight === 0) return undefined
  return second?.weight === first.weight ? undefined : first.tag
}
