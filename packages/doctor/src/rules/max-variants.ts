import { gainOf, isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { keyOf } from '../examine/keys.js'
import { DistinctPairs } from '../examine/numbered.js'
import { filtered, forEach, type Steps } from '../examine/steps.js'
import { pairNumber } from '../sample/key-number.js'
import type { LookUp } from '../sample/look-up.js'
import { findingOf, largest, type Rule } from './rule.js'
import { vary } from './vary.js'
import { varyCookie } from './vary-cookie.js'

const NEARLY = 0.8
const ROOM = 1.25

/** URLs with more variants than are kept. */
export const maxVariants: Rule = {
  name: 'max-variants',
  scope: 'route',
  title: 'URLs of a route have more variants than are kept',
  when: 'a URL has 80 % of `maxVariants` or more, and dropped ones were asked for again',
  remedy: '`buckets`, or a larger `maxVariants`',
  *find(examined, route) {
    const { lookUps } = examined
    const full = yield* filtered(lookUps, ({ variants, maxVariants: most }) => variants >= most * NEARLY)
    if (full.length === 0 || (yield* isReducible(examined, route))) return []
    const gain = yield* gainOf(examined, { drops: () => false })
    if (!isWorthIt(examined, gain)) return []
    const most = yield* mostVariants(lookUps)
    const limit = full[0]?.maxVariants ?? 0
    const evidence = `${most} variants of one URL were asked for; ${limit} are kept.`
    const fix = {
      text: 'Reduce what the pages vary by, or keep more of them.',
      code: `siteCache({ maxVariants: ${Math.ceil((most * ROOM) / 10) * 10} })`,
    }
    return [findingOf(maxVariants, examined, { route, evidence, gain, fix })]
  },
}

/** Whether there is a better remedy. */
function* isReducible(examined: Examination, route: string): Steps<boolean> {
  for (const rule of [vary, varyCookie]) if ((yield* rule.find(examined, route)).length > 0) return true
  return false
}

function* mostVariants(lookUps: readonly LookUp[]): Steps<number> {
  const variants = new DistinctPairs()
  yield* forEach(lookUps, (lookUp) => {
    const url = keyOf(lookUp, { input: () => false })
    variants.add(url, pairNumber(url, lookUp.key))
  })
  return largest(variants.counts)
}
