import { compareBodies, isIndependent } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import { keyOf } from '../examine/keys.js'
import { distinct } from '../examine/numbered.js'
import { filtered } from '../examine/steps.js'
import type { LookUp } from '../sample/look-up.js'
import { findingOf, type Rule } from './rule.js'

/** The order of query parameters splits pages. */
export const queryOrder: Rule = {
  name: 'query-order',
  scope: 'route',
  title: 'The order of query parameters splits the pages of a route',
  when: 'the same parameters came in another order, and brought the same body',
  remedy: "`query: 'sorted'`",
  *find(examined, route) {
    const { lookUps } = examined
    if ((yield* examined.params()).size === 0) return []
    if ((yield* filtered(lookUps, ({ isSorted }) => isSorted)).length > 0) return []
    const sorted = (it: LookUp): number => keyOf(it, { isSorted: true })
    if (!isIndependent(yield* compareBodies(lookUps, sorted, ({ key }) => key))) return []
    const gain = yield* gainOf(examined, { key: sorted })
    if (!isWorthIt(examined, gain)) return []
    const keys = yield* distinct(lookUps, ({ key }) => key)
    const pages = yield* distinct(lookUps, sorted)
    const evidence = `${keys} URLs are ${pages} where the order doesn't count, and have the same bodies.`
    const fix = { text: 'Sort the parameters in the key.', code: "siteCache({ query: 'sorted' })" }
    return [findingOf(queryOrder, examined, { route, evidence, gain, fix })]
  },
}
