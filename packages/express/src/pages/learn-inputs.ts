import { after, type MaybePromise } from '@sitecache/core/internal'
import { mergeInputs, tooManyInputs, VaryRecord } from '@sitecache/http'
import { MIN_KEPT_MS, mayStoreUnder } from './fence.js'
import { type Known, readKnown } from './find-page.js'
import { newGeneration } from './generation.js'
import type { PageLocation } from './page-location.js'
import { ensureFence } from './store-page.js'

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
  seen: Pick<Known, 'fence' | 'record'>,
  names: readonly string[],
): MaybePromise<void> {
  const expires = Date.now() + MIN_KEPT_MS
  return after(readKnown(location), (now) => {
    const known = now.record?.names ?? []
    const merged = mergeInputs(known, names)
    const isCleared = seen.record !== undefined && now.record?.generation !== seen.record.generation
    if (isCleared || !mayStoreUnder(seen.fence, now.fence)) return
    if (merged === known || tooManyInputs(merged)) return
    return after(ensureFence(location, now, expires), (fence) => {
      if (typeof fence === 'object') return write(location, { ...now, ...fence }, merged, expires)
    })
  })
}

function write(
  { keys, recordKey }: PageLocation,
  { record, fence }: Known,
  names: readonly string[],
  expires: number,
): MaybePromise<void> {
  const { entries } = keys.cache
  // One more name makes other keys: what was stored under the old ones can't be found any more.
  for (const variant of record?.variants ?? []) void entries.delete(keys.pageOf(variant))
  const generation = record?.generation ?? newGeneration()
  const learned = new VaryRecord({ names, generation, fence, variants: [], expires })
  return after(entries.set(recordKey, learned, expires), () => undefined)
}
