import { inspect } from 'node:util'
import { ValueError } from '../errors.js'

/** Most characters of a tag: enough for a URL path. */
export const MAX_TAG_LENGTH = 256

/** Lone surrogates, which UTF-8 can't encode. */
const halved = /\p{Surrogate}/u

/**
 * Returns the tags as a list.
 *
 * @param caller name of the function or option, for errors
 * @throws ValueError for a tag that is not a string of 1 to 256 characters, or has lone surrogates
 */
export function checkTags(tags: unknown, caller: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(tags) ? tags : [tags]
  return list.map((tag) => {
    if (isTag(tag)) return tag
    throw new ValueError(
      `${caller}: a tag is a text of 1 to ${MAX_TAG_LENGTH} characters; got ${inspect(tag)}`,
    )
  })
}

/** Returns whether a value can be a tag. */
export function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && tag.length > 0 && tag.length <= MAX_TAG_LENGTH && !halved.test(tag)
}
