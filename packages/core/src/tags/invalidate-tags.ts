import { checkOptions, flag } from '../options/check-options.js'
import type { TagClock, TagOptions } from './tag-clock.js'

/** Tags, and options as the last argument. */
export async function invalidateTags(
  clock: TagClock,
  given: readonly (string | TagOptions)[],
): Promise<void> {
  const last = given.at(-1)
  const isOptions = typeof last === 'object' && last !== null
  const { soft } = checkOptions(isOptions ? last : undefined, { soft: flag }, 'invalidateTags()')
  // What is no tag is refused by the clock.
  const tags = (isOptions ? given.slice(0, -1) : given) as readonly string[]
  await clock.invalidate(tags, soft === undefined ? {} : { soft })
}
