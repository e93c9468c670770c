import type { Examination } from './examination.js'
import { Numbered } from './numbered.js'
import { bytesOf } from './ratio-curve.js'
import { forEach, type Steps } from './steps.js'

/** Room of a store that drops pages, as the sample tells it. */
export interface Room {
  /** Pages that it holds. */
  readonly pages: number
  readonly bytes: number
  readonly isByCount: boolean
}

/**
 * Returns the room of the cache's store: the pages that were stored, without those that were
 * dropped by then.
 *
 * @returns undefined where none was dropped
 */
export function* roomOf({ all, history, evictions }: Examination): Steps<Room | undefined> {
  const last = evictions.at(-1)
  if (last === undefined) return undefined
  const held = new Numbered()
  let [stored, bytes, dropped, pages] = [0, 0, 0, 0]
  yield* forEach(all, (lookUp, i) => {
    if (lookUp.result !== 'miss' && !lookUp.isServed) return
    const { count } = held
    const isNew = held.of(lookUp.key) === count || history.isDropped(i)
    if (!isNew) return
    stored += 1
    bytes += bytesOf(lookUp)
    while (dropped < evictions.length && (evictions[dropped]?.at ?? 0) <= lookUp.at) dropped += 1
    if (dropped > 0) pages = Math.max(pages, stored - dropped)
  })
  if (stored === 0 || pages <= 0) return undefined
  return { pages, bytes: (pages * bytes) / stored, isByCount: last.cause === 'count' }
}
