import { inspect } from 'node:util'
import { ValueError } from '../errors.js'

/** Characters of a tag: enough for a URL path. */
export const MAX_TAG_LENGTH = 256

/** Half a character, which no encoding of text takes. */
const halved = /\p{Surrogate}/u

/**
 * The tags, if they are some.
 *
 * @param caller names them in errors
 * @throws ValueError for what is no text of 1 to 256 characters, all of them whole
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

/** Whether a value can be a tag. */
export function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && tag.length > 0 && tag.length <= MAX_TAG_LENGTH && !halved.test(tag)
}
