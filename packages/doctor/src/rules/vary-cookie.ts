import { compareBodies, isIndependent, MOST_NAMES, namesThatCount } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { keyOf } from '../examine/keys.js'
import type { Finding, Fix } from '../finding.js'
import type { KeyedPart, LookUp } from '../sample/look-up.js'
import { OTHER } from '../sample/names.js'
import { isCookieInput } from '../sample/parts.js'
import { counts, findingOf, largest, listText, percent, quantile, type Rule } from './rule.js'

const FEWEST_VALUES = 3
/** Look-ups whose cookies are counted, the last ones. */
const MOST_LOOKUPS = 5000
/** Requests below which a name may be one visitor's. */
const FEWEST_REQUESTS = 5
const SMALL_PART = 0.05

/** Pages that depend on cookies, and are the same but for a small part. */
export const varyCookie: Rule = {
  name: 'vary-cookie',
  scope: 'route',
  title: 'Cookies split pages that are the same, or nearly so',
  when: 'pages depend on cookies, and their bodies are equal, or differ in less than 5 %',
  remedy: "`buckets: { cookie: ['theme'] }`, or a hole",
  find(examined, route) {
    const { lookUps } = examined
    const ofCookies = lookUps.filter(({ inputs }) => inputs.some(isOfCookies))
    if (new Set(ofCookies.slice(-MOST_LOOKUPS).map((it) => keyOf(it))).size < FEWEST_VALUES) return []
    return findCookies(examined, route, ofCookies) ?? findHole(examined, route, ofCookies) ?? []
  },
}

function isOfCookies({ name }: KeyedPart): boolean {
  return isCookieInput(name)
}

/** Key in which no cookie counts but these. */
function keyWith(lookUp: LookUp, counted: ReadonlySet<string>): string {
  const own = lookUp.cookies.filter(({ name }) => counted.has(name)).map(({ raw }) => raw)
  return keyOf(lookUp, {
    input: (part) => (isOfCookies(part) ? undefined : part.value),
    more: own.sort((one, other) => one - other).join(),
  })
}

/** Cookies that change nothing. */
function findCookies(
  examined: Examination,
  route: string,
  lookUps: readonly LookUp[],
): Finding[] | undefined {
  const names = counts(lookUps.slice(-MOST_LOOKUPS).flatMap(({ cookies }) => cookies.map(({ name }) => name)))
  const known = names
    .filter(([name, count]) => name !== OTHER && count >= FEWEST_REQUESTS)
    .map(([name]) => name)
    .slice(0, MOST_NAMES)
  const counted = namesThatCount(lookUps, known, keyWith, (it) => keyOf(it))
  if (counted === undefined || counted.size === known.length) return undefined
  const gain = gainOf(examined, { key: (it) => keyWith(it, counted) })
  if (!isWorthIt(examined, gain)) return undefined
  const idle = known.filter((name) => !counted.has(name)).slice(0, 5)
  const all = counted.size === 0 ? 'no cookie' : [...counted].join(', ')
  const evidence = `The body depends on ${all}; ${idle.join(', ')} split it.`
  return [
    findingOf(varyCookie, examined, { route, evidence, gain, fix: fixFor(lookUps, [...counted], idle) }),
  ]
}

function fixFor(lookUps: readonly LookUp[], counted: readonly string[], idle: readonly string[]): Fix {
  const isWhole = lookUps.some(({ inputs }) =>
    inputs.some(({ name }) => name === 'cookie' || name === 'cookie:*'),
  )
  if (isWhole)
    return {
      text: 'Let the cookies count that make a difference, and no other.',
      code: `siteCache({ buckets: { cookie: ${listText(counted)} } })`,
    }
  return {
    text: 'They are read, and change nothing: leave them out of the key.',
    code: `siteCache({ ignore: ${listText(idle.map((name) => `cookie:${name}`))} })`,
  }
}

const noNames: ReadonlySet<string> = new Set()

/** A small part that is each visitor's own. */
function findHole(examined: Examination, route: string, lookUps: readonly LookUp[]): Finding[] | undefined {
  const compared = lookUps.filter(({ difference }) => !Number.isNaN(difference))
  const equal = compareBodies(
    compared,
    (it) => keyWith(it, noNames),
    (it) => keyOf(it),
  )
  const share = quantile(
    compared.map(({ difference }) => difference),
    0.95,
  )
  if (isIndependent(equal) || !(share > 0 && share < SMALL_PART)) return undefined
  const gain = gainOf(examined, { key: (it) => keyWith(it, noNames) })
  if (!isWorthIt(examined, gain)) return undefined
  const from = -largest(compared.map(({ differsFrom }) => -differsFrom))
  const to = largest(compared.map(({ differsTo }) => differsTo))
  const evidence = `Bodies of different visitors differ in ${percent(share, 1)}, between bytes ${from} and ${to}.`
  const fix = {
    text: "Put that part into a hole, and read the visitor's cookies there alone.",
    code: "const nav = hole('nav', (req) => navOf(req))\nres.send('<nav>' + nav + '</nav>')",
  }
  return [findingOf(varyCookie, examined, { route, evidence, gain, fix })]
}
