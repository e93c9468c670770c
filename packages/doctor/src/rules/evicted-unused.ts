import { isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { Numbered } from '../examine/numbered.js'
import { ratioCurve } from '../examine/ratio-curve.js'
import { roomOf } from '../examine/room.js'
import { filtered, forEach, type Steps } from '../examine/steps.js'
import { countsOf, findingOf, percent, quantile, type Rule } from './rule.js'

const FEWEST = 20
const MOST_UNUSED = 0.5

/** Pages that are dropped for room, and that nobody has asked for. */
export const evictedUnused: Rule = {
  name: 'evicted-unused',
  scope: 'cache',
  title: 'Pages that nobody asks for again drive out others',
  when: 'more than half of the pages that are dropped for room were never asked for',
  remedy: 'a smaller `timeout` for them, or a store that admits them last (`s3-fifo`)',
  *find(examined) {
    const { evictions, lookUps } = examined
    const share = unusedShare(examined)
    if (evictions.length < FEWEST || share <= MOST_UNUSED) return []
    const room = yield* roomOf(examined)
    if (room === undefined) return []
    const isAskedAgain = yield* askedAgain(examined)
    const curve = yield* ratioCurve(examined, isAskedAgain)
    const served = yield* filtered(lookUps, ({ isServed }) => isServed)
    const requests = curve.hits(room.bytes) - served.length
    const milliseconds = (yield* quantile(lookUps, ({ renderMs }) => renderMs)) || 0
    const gain = { requests, seconds: (requests * milliseconds) / 1000 }
    if (!isWorthIt(examined, gain)) return []
    const route = yield* routeOfUnused(examined, isAskedAgain)
    const evidence = `${percent(share, 1)} of ${evictions.length} pages that were dropped for room had never been asked for; most are of ${route}.`
    const fix = {
      text: `Use the default order of eviction, which drops pages first that were asked for once, or let ${route} live shorter.`,
      code: "memoryStore({ eviction: 's3-fifo' })",
    }
    return [findingOf(evictedUnused, examined, { evidence, gain, fix })]
  },
}

/** Share of the dropped pages that nobody had asked for. */
function unusedShare({ evictions }: Examination): number {
  return evictions.filter(({ isUnused }) => isUnused).length / Math.max(1, evictions.length)
}

/** Tells the look-ups whose page was asked for more than once. */
function* askedAgain({ all }: Examination): Steps<(i: number) => boolean> {
  const keys = new Numbered()
  const often = new Uint32Array(all.length)
  const numbers = new Uint32Array(all.length)
  yield* forEach(all, ({ key }, i) => {
    const number = keys.of(key)
    numbers[i] = number
    often[number] = (often[number] ?? 0) + 1
  })
  return (i) => (often[numbers[i] ?? 0] ?? 0) > 1
}

function* routeOfUnused({ all }: Examination, isAskedAgain: (i: number) => boolean): Steps<string> {
  const once = yield* filtered(all, (_, i) => !isAskedAgain(i))
  const [first] = yield* countsOf(once, ({ route }) => [route])
  return first?.[0] ?? '(none)'
}
