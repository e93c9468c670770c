import { isAnyBetween } from '../examine/between.js'
import { hasBody } from '../examine/dependence.js'
import { gainOf, isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { filtered, forEach, type Steps, summed } from '../examine/steps.js'
import { counts, findingOf, percent, type Rule } from './rule.js'

const MOST_DROPPED = 0.3
/** Pages of which the fate after a purge must be known. */
const FEWEST_PAGES = 10

/** Purges that empty most of the cache. */
export const broadPurges: Rule = {
  name: 'broad-purges',
  scope: 'cache',
  title: 'Purges drop pages that have not changed',
  when: 'purges drop more than 30 % of the pages that are asked for later, most of them unchanged',
  remedy: 'narrower tags',
  *find(examined) {
    const { purges } = examined
    if (purges.length === 0) return []
    const dropped = yield* droppedByPurges(examined)
    const same = yield* filtered(dropped, ({ isSame }) => isSame)
    const asked = dropped.length + (yield* survivors(examined))
    if (dropped.length < FEWEST_PAGES || dropped.length <= asked * MOST_DROPPED) return []
    if (same.length < dropped.length / 2) return []
    const unchanged = new Uint8Array(examined.all.length)
    yield* forEach(same, ({ i }) => {
      unchanged[i] = 1
    })
    const gain = yield* gainOf(examined, { drops: (_, i) => unchanged[i] === 0 })
    if (!isWorthIt(examined, gain)) return []
    const [by = 'tag'] = counts(purges.map((purge) => purge.by))[0] ?? []
    const evidence = `${purges.length} purges, most by ${by}, dropped ${percent(dropped.length, asked)} of the pages that were asked for next; ${percent(same.length, dropped.length)} of those had not changed.`
    const fix = {
      text: 'Give pages a tag for each thing that they show, and purge by that of the one that has changed.',
      code: "app.get('/articles/:id', cacheTags((req) => ['article:' + req.params.id]), handler)\nawait invalidateTags('article:' + id)",
    }
    return [findingOf(broadPurges, examined, { evidence, gain, fix })]
  },
}

/** The look-ups whose page was gone after a purge, before its time. */
function* droppedByPurges({ all, history, purges }: Examination): Steps<{ i: number; isSame: boolean }[]> {
  const dropped: { i: number; isSame: boolean }[] = []
  yield* forEach(all, (lookUp, i) => {
    if (!history.isDropped(i) || !hasBody(lookUp)) return
    const isPurged = isAnyBetween(purges, history.seenAt(i) ?? 0, lookUp.at)
    if (isPurged) dropped.push({ i, isSame: lookUp.body === history.before(i) })
  })
  return dropped
}

/** Look-ups that are the first after a purge of a page that is there still. */
function* survivors({ all, history, purges }: Examination): Steps<number> {
  return yield* summed(all, (lookUp, i) => {
    const seenAt = history.seenAt(i)
    const isThere = seenAt !== undefined && lookUp.isServed && isAnyBetween(purges, seenAt, lookUp.at)
    return isThere ? 1 : 0
  })
}
