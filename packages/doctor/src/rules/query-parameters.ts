import { MOST_NAMES, namesThatCount } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import { keyOf } from '../examine/keys.js'
import type { PartCounts } from '../examine/part-counts.js'
import type { Steps } from '../examine/steps.js'
import type { LookUp } from '../sample/look-up.js'
import { OTHER } from '../sample/names.js'
import { findingOf, listText, type Rule } from './rule.js'

/** Values of a parameter below which it splits nothing. */
const FEWEST_VALUES = 3
/** Requests below which a name may be one visitor's invention. */
const FEWEST_REQUESTS = 10

/** Parameters of the query that don't change the page. */
export const queryParameters: Rule = {
  name: 'query-parameters',
  scope: 'route',
  title: 'Query parameters that change nothing split the pages of a route',
  when: 'the body is independent of a parameter that has three values or more',
  remedy: "`query: { except: ['utm_*', 'fbclid'] }`",
  *find(examined, route) {
    const { lookUps } = examined
    const params = yield* examined.params()
    const idle = yield* idleNames(lookUps, params)
    if (idle.length === 0) return []
    const isIdle = new Set(idle)
    const gain = yield* gainOf(examined, {
      key: (it) => keyOf(it, { param: (name) => !isIdle.has(name) }),
    })
    if (!isWorthIt(examined, gain)) return []
    const values = (name: string): number => params.get(name)?.sent ?? 0
    const evidence = `The body doesn't depend on ${idle.map((name) => `${name} (${values(name)} values)`).join(', ')}.`
    const fix = {
      text: 'Leave them out of the key. They still reach the handler.',
      code: `siteCache({ query: { except: ${listText(idle)} } })`,
    }
    return [findingOf(queryParameters, examined, { route, evidence, gain, fix })]
  },
}

/** Returns the names of the parameters on which no body depends. */
function* idleNames(
  lookUps: readonly LookUp[],
  params: ReadonlyMap<string, PartCounts>,
): Steps<readonly string[]> {
  const names = [...params].sort(([, one], [, other]) => other.lookUps - one.lookUps)
  const plain = names.map(([name]) => name).filter((name) => name !== OTHER && isPlain(name))
  const known = plain.slice(0, MOST_NAMES)
  if (known.length === 0) return []
  const counted = yield* namesThatCount(
    lookUps,
    known,
    (lookUp, counting) => keyOf(lookUp, { param: (name) => counting.has(name) || !known.includes(name) }),
    ({ key }) => key,
  )
  if (counted === undefined) return []
  return known.filter((name) => {
    const { lookUps: requests, sent } = params.get(name) ?? { lookUps: 0, sent: 0 }
    return !counted.has(name) && requests >= FEWEST_REQUESTS && sent >= FEWEST_VALUES
  })
}

/** Names that stand for themselves in the option `query`. */
function isPlain(name: string): boolean {
  return /^[\w.-]+$/.test(name)
}
