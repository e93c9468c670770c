import { isAnyBetween } from '../examine/between.js'
import { isWorthIt } from '../examine/estimates.js'
import type { Examination } from '../examine/examination.js'
import { type RatioCurve, ratioCurve } from '../examine/ratio-curve.js'
import { type Room, roomOf } from '../examine/room.js'
import { filtered, type Steps } from '../examine/steps.js'
import type { LookUp } from '../sample/look-up.js'
import { evictedUnused } from './evicted-unused.js'
import { findingOf, percent, quantile, type Rule } from './rule.js'

const SMALLEST_SHARE = 0.01
const FEWEST = 10
/** Sizes that are tried, as multiples of the present one. */
const SIZES = [1.5, 2, 3, 4, 6, 8, 16]
const ENOUGH = 0.9

/** Pages that are dropped for room, and asked for again within their lifetime. */
export const smallStore: Rule = {
  name: 'small-store',
  scope: 'cache',
  title: 'The store is too small for the pages that are asked for',
  when: 'more than 1 % of the misses are of pages that were dropped for room before their time',
  remedy: 'a larger `maxBytes`, by the curve of hit ratios that it prints',
  *find(examined) {
    const { lookUps } = examined
    const room = yield* roomOf(examined)
    // Where pages that nobody asks for take the room, more of it is no remedy.
    if (room === undefined || (yield* evictedUnused.find(examined, '')).length > 0) return []
    const ghosts = yield* ghostsOf(examined)
    const misses = (yield* filtered(lookUps, ({ isServed }) => !isServed)).length
    if (ghosts.length < FEWEST || ghosts.length <= misses * SMALLEST_SHARE) return []
    const curve = yield* ratioCurve(examined)
    const size = bestSize(curve, room)
    const now = lookUps.length - misses
    const requests = Math.min(curve.hits(room.bytes * size) - now, ghosts.length)
    const milliseconds = (yield* quantile(ghosts, ({ renderMs }) => renderMs)) || 0
    const gain = { requests, seconds: (requests * milliseconds) / 1000 }
    if (!isWorthIt(examined, gain)) return []
    const ratios = SIZES.map((it) => `${percent(curve.hits(room.bytes * it), lookUps.length)} at ${it} ×`)
    const evidence = `${ghosts.length} of ${misses} misses were of pages that had been dropped for room. Hit ratio: ${percent(now, lookUps.length)} now, ${ratios.join(', ')} the size.`
    return [findingOf(smallStore, examined, { evidence, gain, fix: fixFor(examined, room, size) })]
  },
}

/** Look-ups of pages that were dropped for room: no purge came in between. */
function* ghostsOf({ all, history, purges }: Examination): Steps<LookUp[]> {
  return yield* filtered(all, (lookUp, i) => {
    return history.isDropped(i) && !isAnyBetween(purges, history.seenAt(i) ?? 0, lookUp.at)
  })
}

/** The smallest size that brings nearly as much as the largest. */
function bestSize(curve: RatioCurve, { bytes }: Room): number {
  const most = curve.hits(bytes * (SIZES.at(-1) ?? 1))
  const now = curve.hits(bytes)
  return SIZES.find((size) => curve.hits(bytes * size) - now >= (most - now) * ENOUGH) ?? 1
}

function fixFor({ limitBytes, entries }: Examination, room: Room, size: number) {
  const text = 'Give the store more room.'
  if (room.isByCount)
    return { text, code: `memoryStore({ maxEntries: ${Math.ceil((entries ?? room.pages * 3) * size)} })` }
  const mebibytes = ((limitBytes ?? room.bytes) * size) / 2 ** 20
  const amount = mebibytes >= 10 ? String(Math.ceil(mebibytes)) : mebibytes.toFixed(2)
  return { text, code: `memoryStore({ maxBytes: ${amount} * 2 ** 20 })` }
}
