import { compareBodies, isIndependent } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import { keyOf } from '../examine/keys.js'
import type { LookUp } from '../sample/look-up.js'
import { findingOf, type Rule } from './rule.js'

/** The order of query parameters splits pages. */
export const queryOrder: Rule = {
  name: 'query-order',
  scope: 'route',
  title: 'The order of query parameters splits the pages of a route',
  when: 'the same parameters came in another order, and brought the same body',
  remedy: "`query: 'sorted'`",
  find(examined, route) {
    const { lookUps } = examined
    if (lookUps.some(({ isSorted }) => isSorted)) return []
    if (!lookUps.some(({ params }) => params.length > 1)) return []
    const sorted = (it: LookUp): string => keyOf(it, { isSorted: true })
    if (!isIndependent(compareBodies(lookUps, sorted, (it) => keyOf(it)))) return []
    const gain = gainOf(examined, { key: sorted })
    if (!isWorthIt(examined, gain)) return []
    const [keys, pages] = [new Set(lookUps.map((it) => keyOf(it))).size, new Set(lookUps.map(sorted)).size]
    const evidence = `${keys} URLs are ${pages} where the order doesn't count, and have the same bodies.`
    const fix = { text: 'Sort the parameters in the key.', code: "siteCache({ query: 'sorted' })" }
    return [findingOf(queryOrder, examined, { route, evidence, gain, fix })]
  },
}
