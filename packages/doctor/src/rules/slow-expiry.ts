import { gainOf, isWorthIt } from '../examine/estimates.js'
import { filtered } from '../examine/steps.js'
import { durationText, findingOf, quantile, type Rule } from './rule.js'

const FEWEST = 10
const SLOW_MS = 500
const SHORTEST = 60

/** Renders of expired pages in front of a waiting client. */
export const slowExpiry: Rule = {
  name: 'slow-expiry',
  scope: 'route',
  title: 'Visitors wait while expired pages are rendered',
  when: 'renders of expired pages take more than half a second (the 95th percentile)',
  remedy: '`staleWhileRevalidate`, or `earlyRefresh`',
  *find(examined, route) {
    const { all, history } = examined
    const expired = yield* filtered(all, (_, i) => history.isExpired(i))
    const slow = yield* quantile(expired, ({ renderMs }) => renderMs, 0.95)
    if (expired.length < FEWEST || !(slow >= SLOW_MS)) return []
    const seconds = Math.max(SHORTEST, Math.ceil(yield* quantile(expired, ({ lifetime }) => lifetime)))
    const gain = yield* gainOf(examined, {
      staleFor: (it) => Math.max(seconds, it.staleFor),
    })
    if (!isWorthIt(examined, gain)) return []
    const evidence = `${expired.length} expired pages were rendered in front of a visitor; the slowest 5 % took ${Math.round(slow)} ms or more.`
    const fix = {
      text: 'Serve the stale page at once, and render the new one behind it.',
      code: `siteCache({ staleWhileRevalidate: ${durationText(seconds)} })`,
    }
    return [findingOf(slowExpiry, examined, { route, evidence, gain, fix })]
  },
}
