import type { Examination } from '../examine/examination.js'
import { Numbered } from '../examine/numbered.js'
import { filtered, forEach, type Steps, summed } from '../examine/steps.js'
import type { LookUp } from '../sample/look-up.js'
import { findingOf, percent, type Rule } from './rule.js'

const MOST = 0.3
const FEWEST = 50

/** Requests of robots and monitors: they say little of what visitors see. */
export const robots: Rule = {
  name: 'robots',
  scope: 'cache',
  title: 'Many requests come from robots and monitors',
  when: 'more than 30 % of the look-ups are HEAD, or of robots and monitors by their User-Agent',
  remedy: 'none: for information',
  *find(examined) {
    const { lookUps } = examined
    const others = yield* filtered(lookUps, (it) => !isOfRobot(it))
    const count = lookUps.length - others.length
    if (count < FEWEST || count <= lookUps.length * MOST) return []
    const served = (yield* filtered(others, ({ isServed }) => isServed)).length
    const ratio =
      others.length === 0 ? '' : ` The hit ratio of the others is ${percent(served, others.length)}.`
    const evidence = `${percent(count, lookUps.length)} of ${lookUps.length} look-ups.${ratio}`
    const fix = {
      text: 'For information: read the hit ratio without them. After a warm-up they find pages stored that they would be the first to ask for.',
      code: 'npx sitecache warm --sitemap https://shop.example/sitemap.xml',
    }
    const spared = yield* sparedByWarmUp(examined)
    const milliseconds = yield* summed(spared, ({ renderMs }) => renderMs || 0)
    const gain = { requests: spared.length, seconds: milliseconds / 1000 }
    return [findingOf(robots, examined, { evidence, gain, fix })]
  },
}

/**
 * Renders for robots of pages that a warm-up at the beginning of the sample would have stored, and
 * that would have been fresh still.
 */
function* sparedByWarmUp({ all, lookUps }: Examination): Steps<LookUp[]> {
  const stored = new Numbered()
  yield* forEach(all, (it) => {
    if (it.isServed || it.result === 'miss') stored.of(it.key)
  })
  const began = all[0]?.at ?? 0
  const isFresh = (it: LookUp): boolean => it.at < began + lifetimeOf(it) * 1000
  return yield* filtered(
    lookUps,
    (it) => isOfRobot(it) && it.isRender && !it.isServed && stored.find(it.key) >= 0 && isFresh(it),
  )
}

/** Seconds for which the page lives; a HEAD stores none. */
function lifetimeOf({ lifetime, layerLifetime }: LookUp): number {
  return Number.isNaN(lifetime) ? layerLifetime : lifetime
}

function isOfRobot({ isBot, isHead }: LookUp): boolean {
  return isBot || isHead
}
