import { compareBodies, isIndependent, MOST_NAMES, namesThatCount } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { keyOf } from '../examine/keys.js'
import { distinct } from '../examine/numbered.js'
import { filtered, forEach, type Steps } from '../examine/steps.js'
import type { Finding, Fix } from '../finding.js'
import type { LookUp } from '../sample/look-up.js'
import { OTHER } from '../sample/names.js'
import { isCookieInput } from '../sample/parts.js'
import { countsOf, findingOf, listText, percent, quantile, type Rule } from './rule.js'

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
  *find(examined, route) {
    const inputs = yield* examined.inputs()
    if (![...inputs.keys()].some(isCookieInput)) return []
    const ofCookies = yield* filtered(examined.lookUps, hasCookieInput)
    const last = ofCookies.slice(-MOST_LOOKUPS)
    if ((yield* distinct(last, ({ key }) => key)) < FEWEST_VALUES) return []
    const isWhole = inputs.has('cookie') || inputs.has('cookie:*')
    return (
      (yield* findCookies(examined, route, ofCookies, isWhole)) ??
      (yield* findHole(examined, route, ofCookies)) ??
      []
    )
  },
}

function hasCookieInput(lookUp: LookUp): boolean {
  let found = false
  lookUp.eachInput((name) => {
    if (isCookieInput(name)) found = true
  })
  return found
}

/** Key in which no cookie counts but these. */
function keyWith(lookUp: LookUp, counted: ReadonlySet<string>): number {
  const own = counted.size === 0 ? [] : lookUp.cookies.filter(({ name }) => counted.has(name))
  const more = own.map(({ raw }) => raw).sort((one, other) => one - other)
  return keyOf(lookUp, { input: (name) => !isCookieInput(name), more })
}

/** Cookies that change nothing. */
function* findCookies(
  examined: Examination,
  route: string,
  lookUps: readonly LookUp[],
  isWhole: boolean,
): Steps<Finding[] | undefined> {
  const last = lookUps.slice(-MOST_LOOKUPS)
  const names = yield* countsOf(last, ({ cookies }) => cookies.map(({ name }) => name))
  const known = names
    .filter(([name, count]) => name !== OTHER && count >= FEWEST_REQUESTS)
    .map(([name]) => name)
    .slice(0, MOST_NAMES)
  const counted = yield* namesThatCount(lookUps, known, keyWith, ({ key }) => key)
  if (counted === undefined || counted.size === known.length) return undefined
  const gain = yield* gainOf(examined, { key: (it) => keyWith(it, counted) })
  if (!isWorthIt(examined, gain)) return undefined
  const idle = known.filter((name) => !counted.has(name)).slice(0, 5)
  const all = counted.size === 0 ? 'no cookie' : [...counted].join(', ')
  const evidence = `The body depends on ${all}; ${idle.join(', ')} split it.`
  return [
    findingOf(varyCookie, examined, { route, evidence, gain, fix: fixFor(isWhole, [...counted], idle) }),
  ]
}

function fixFor(isWhole: boolean, counted: readonly string[], idle: readonly string[]): Fix {
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
function* findHole(
  examined: Examination,
  route: string,
  lookUps: readonly LookUp[],
): Steps<Finding[] | undefined> {
  const compared = yield* filtered(lookUps, ({ difference }) => !Number.isNaN(difference))
  const equal = yield* compareBodies(
    compared,
    (it) => keyWith(it, noNames),
    ({ key }) => key,
  )
  const share = yield* quantile(compared, ({ difference }) => difference, 0.95)
  if (isIndependent(equal) || !(share > 0 && share < SMALL_PART)) return undefined
  const gain = yield* gainOf(examined, { key: (it) => keyWith(it, noNames) })
  if (!isWorthIt(examined, gain)) return undefined
  let [from, to] = [Number.POSITIVE_INFINITY, 0]
  yield* forEach(compared, ({ differsFrom, differsTo }) => {
    from = Math.min(from, differsFrom)
    to = Math.max(to, differsTo)
  })
  const evidence = `Bodies of different visitors differ in ${percent(share, 1)}, between bytes ${from} and ${to}.`
  const fix = {
    text: "Put that part into a hole, and read the visitor's cookies there alone.",
    code: "const nav = hole('nav', (req) => navOf(req))\nres.send('<nav>' + nav + '</nav>')",
  }
  return [findingOf(varyCookie, examined, { route, evidence, gain, fix })]
}
