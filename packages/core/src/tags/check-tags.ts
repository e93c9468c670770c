import { inspect } from 'node:util'
import { ValueError } from '../errors.js'

/** Characters of a tag: enough for a URL path. */
const MAX_LENGTH = 256

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
    const whole = typeof tag === 'string' && tag.length > 0 && tag.length <= MAX_LENGTH && !halved.test(tag)
    if (whole) return tag
    throw new ValueError(`${caller}: a tag is a text of 1 to ${MAX_LENGTH} characters; got ${inspect(tag)}`)
  })
}
