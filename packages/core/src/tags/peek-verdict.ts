import type { CacheEntries } from '../entries/cache-entries.js'
import { Counters } from './counters.js'
import { isSameEra } from './era.js'
import type { TagKeys } from './tag-names.js'
import type { Tagged, TagVerdict } from './verified.js'

/** Verdict on an entry, and the tags of its that were purged since it was made. */
export interface PeekedVerdict {
  readonly verdict: TagVerdict
  readonly purged: readonly string[]
}

const valid: PeekedVerdict = { verdict: 'valid', purged: [] }

/**
 * Judges an entry by its tags as `TagClock.verdict` does, without a trace: nothing is remembered,
 * created or counted.
 *
 * @param epoch 0: there is none
 * @throws the error of the store
 */
export async function peekVerdict(
  entries: Pick<CacheEntries, 'peekMany'>,
  keys: TagKeys,
  { tags, since }: Tagged,
  epoch: number,
): Promise<PeekedVerdict> {
  if (since === epoch && epoch > 0) return valid
  if (tags.length === 0 && epoch === 0 && since > 0) return valid
  if (!isSameEra(since, epoch)) return { verdict: 'invalid', purged: [] }
  if (tags.length === 0) return valid
  const found = await entries.peekMany(tags.flatMap((tag) => [keys.purged(tag), keys.hard(tag)]))
  const at = (key: string): number => Counters.of(found.get(key))
  // One that is lost, and with it perhaps a purge.
  if (tags.some((tag) => at(keys.purged(tag)) === 0)) return { verdict: 'invalid', purged: [] }
  const purged = tags.filter((tag) => at(keys.purged(tag)) > since)
  if (purged.length === 0) return valid
  const isSoft = purged.every((tag) => at(keys.hard(tag)) > 0 && at(keys.hard(tag)) <= since)
  return { verdict: isSoft ? 'stale' : 'invalid', purged }
}
