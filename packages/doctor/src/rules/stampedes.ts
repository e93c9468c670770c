import { isWorthIt } from '../examine/estimates.js'
import { filtered, summed } from '../examine/steps.js'
import { findingOf, type Rule } from './rule.js'

const FEWEST = 3

/** The same page rendered in several processes at the same time. */
export const stampedes: Rule = {
  name: 'stampedes',
  scope: 'route',
  title: 'Several processes render the same page at the same time',
  when: 'three pages or more were rendered that another process rendered at the same time',
  remedy: '`lock: true`',
  *find(examined, route) {
    const { lookUps } = examined
    const repeated = yield* filtered(lookUps, ({ isRepeated, hasLock }) => isRepeated && !hasLock)
    const milliseconds = yield* summed(repeated, ({ renderMs }) => renderMs || 0)
    const gain = { requests: repeated.length, seconds: milliseconds / 1000 }
    if (repeated.length < FEWEST || !isWorthIt(examined, gain)) return []
    const evidence = `Of ${repeated.length} pages that were rendered here, another process rendered the same at the same time.`
    const fix = {
      text: 'Let one process render it, and the others wait for its page.',
      code: 'siteCache({ lock: true })',
    }
    return [findingOf(stampedes, examined, { route, evidence, gain, fix })]
  },
}
