import { filtered, summed } from '../examine/steps.js'
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
      text: 'For information: read the hit ratio without them. Crawlers find more pages stored after a warm-up.',
      code: 'npx sitecache warm --sitemap https://shop.example/sitemap.xml',
    }
    const milliseconds = yield* summed(lookUps, (it) => (isOfRobot(it) && it.isRender ? it.renderMs || 0 : 0))
    const gain = { requests: 0, seconds: milliseconds / 1000 }
    return [findingOf(robots, examined, { evidence, gain, fix })]
  },
}

function isOfRobot({ isBot, isHead }: LookUp): boolean {
  return isBot || isHead
}
