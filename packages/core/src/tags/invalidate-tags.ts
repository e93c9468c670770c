import { checkOptions, flag } from '../options/check-options.js'
import type { TagClock, TagOptions } from './tag-clock.js'

/** As `Cache.invalidateTags`: tags, and perhaps options as the last argument. */
export async function invalidateTags(
  clock: TagClock,
  given: readonly (string | TagOptions)[],
): Promise<void> {
  const last = given.at(-1)
  const isOptions = typeof last === 'object' && last !== null
  const { soft } = checkOptions(isOptions ? last : undefined, { soft: flag }, 'invalidateTags()')
  // The clock refuses values that are no tags.
  const tags = (isOptions ? given.slice(0, -1) : given) as readonly string[]
  await clock.invalidate(tags, soft === undefined ? {} : { soft })
}
