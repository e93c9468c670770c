import { after, type MaybePromise } from '@sitecache/core/internal'
import { mergeInputs, tooManyInputs, VaryRecord } from '@sitecache/http'
import { MIN_KEPT_MS } from './fence.js'
import { type Known, readKnown } from './find-page.js'
import { newGeneration } from './generation.js'
import type { PageLocation } from './page-location.js'

/**
 * Notes in the vary record of a URL what its pages depend on, without a page: one whose handler
 * reads an input for the first time when its head is out can't be kept, but the next one can, whose
 * Vary names it.
 *
 * @param seen what was known of the URL when it was looked up: a purge since then has made void
 *   what was learned
 */
export function learnInputs(
  location: PageLocation,
  seen: Pick<Known, 'fence'>,
  names: readonly string[],
): MaybePromise<void> {
  const { keys, recordKey } = location
  const { entries } = keys.cache
  return after(readKnown(location), ({ record, fence }) => {
    const known = record?.names ?? []
    const merged = mergeInputs(known, names)
    if (fence !== seen.fence || merged === known || tooManyInputs(merged)) return
    // One more name makes other keys: what was stored under the old ones can't be found any more.
    for (const variant of record?.variants ?? []) void entries.delete(keys.pageOf(variant))
    const expires = Date.now() + MIN_KEPT_MS
    const generation = record?.generation ?? newGeneration()
    const learned = new VaryRecord({ names: merged, generation, fence, variants: [], expires })
    return after(entries.set(recordKey, learned, expires), () => undefined)
  })
}
