import { hasBody } from '../examine/dependence.js'
import { type Gain, gainOf, isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { filtered, type Steps, summed } from '../examine/steps.js'
import type { LookUp } from '../sample/look-up.js'
import { durationText, findingOf, percent, quantile, type Rule, routeText } from './rule.js'

const FEWEST = 10
const MOST_CHANGED = 0.5
/** Seconds: the lifetimes that are tried. */
const LIFETIMES = [60, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400]
/** Share of the largest gain that is enough. */
const ENOUGH = 0.9

/** Pages that expire, and are rendered to the same body. */
export const shortLifetime: Rule = {
  name: 'short-lifetime',
  scope: 'route',
  title: 'Pages expire before they change',
  when: 'half of the renders of expired pages or more bring the body that was there',
  remedy: 'a longer `timeout` with tags, or `staleWhileRevalidate`',
  *find(examined, route) {
    const { same, changed, lifetime } = yield* expiries(examined)
    if (same < FEWEST || same < (same + changed) * MOST_CHANGED) return []
    const best = yield* bestLifetime(examined, lifetime)
    if (best === undefined || !isWorthIt(examined, best.gain)) return []
    const evidence = `${percent(same, same + changed)} of ${same + changed} renders of expired pages brought the same body; pages live ${Math.round(lifetime)} seconds.`
    const fix = {
      text: 'Let pages live longer, and invalidate them by tags when they change.',
      code: `app.get(${routeText(route)}, cachePage(${durationText(best.seconds)}), cacheTags((req) => ['article:' + req.params.id]), handler)`,
    }
    return [findingOf(shortLifetime, examined, { route, evidence, gain: best.gain, fix })]
  },
}

interface Expiries {
  readonly same: number
  readonly changed: number
  readonly lifetime: number
}

function* expiries({ all, history }: Examination): Steps<Expiries> {
  const expired = yield* filtered(all, (lookUp, i) => {
    return history.isExpired(i) && history.before(i) !== 0 && hasBody(lookUp)
  })
  const same = yield* summed(all, (lookUp, i) => {
    return history.isExpired(i) && hasBody(lookUp) && history.before(i) === lookUp.body ? 1 : 0
  })
  const lifetime = yield* quantile(expired, (lookUp) => lookUp.lifetime)
  return { same, changed: expired.length - same, lifetime }
}

interface Lifetime {
  readonly seconds: number
  readonly gain: Gain
}

/** The shortest lifetime that brings nearly as much as the longest. */
function* bestLifetime(examined: Examination, now: number): Steps<Lifetime | undefined> {
  const tried: Lifetime[] = []
  for (const seconds of LIFETIMES.filter((it) => it > now))
    tried.push({ seconds, gain: yield* gainWith(examined, seconds) })
  const most = tried.reduce((best, { gain }) => Math.max(best, gain.requests), 0)
  return tried.find(({ gain }) => gain.requests >= most * ENOUGH)
}

/** Tags take care of the pages that have changed. */
function* gainWith(examined: Examination, seconds: number): Steps<Gain> {
  return yield* gainOf(examined, {
    lifetime: (it) => Math.max(seconds, ownLifetime(it)),
    isOutdated: (it, i) => {
      const before = examined.history.before(i)
      return hasBody(it) && before !== 0 && before !== it.body
    },
  })
}

function ownLifetime({ lifetime, layerLifetime }: LookUp): number {
  return Number.isNaN(lifetime) ? layerLifetime : lifetime
}
