import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { ValueError } from '../errors.js'

/** Most characters of a tag: enough for a URL path. */
export const MAX_TAG_LENGTH = 256

/** Lone surrogates, which UTF-8 can't encode. */
const halved = /\p{Surrogate}/u

/**
 * Returns constant tags as a list.
 *
 * @param caller name of the function or option, for errors
 * @throws ValueError for a tag that is not a text of 1 to 256 characters, or has lone surrogates
 */
export function checkTags(tags: unknown, caller: string): readonly string[] {
  return listOf(tags).map((tag) => {
    if (typeof tag === 'string' && tag !== '' && isShort(tag)) return tag
    throw refused(caller, tag)
  })
}

/**
 * Returns tags that are made of data as a list. One that is too long to keep, or has lone
 * surrogates, is its hash: no request fails for the length of an id in its URL.
 *
 * @param caller name of the function or option, for errors
 * @throws ValueError for a tag that is not a text, or an empty one
 */
export function tagsOf(tags: unknown, caller: string): readonly string[] {
  return listOf(tags).map((tag) => {
    if (typeof tag === 'string' && tag !== '') return isShort(tag) ? tag : hashOf(tag)
    throw refused(caller, tag)
  })
}

function listOf(tags: unknown): readonly unknown[] {
  return Array.isArray(tags) ? tags : [tags]
}

function refused(caller: string, tag: unknown): ValueError {
  return new ValueError(
    `${caller}: a tag is a text of 1 to ${MAX_TAG_LENGTH} characters; got ${inspect(tag)}`,
  )
}

function isShort(tag: string): boolean {
  return tag.length <= MAX_TAG_LENGTH && !halved.test(tag)
}

/** Hashes a tag as UTF-16, in which lone surrogates differ. */
function hashOf(tag: string): string {
  return `sha256-${createHash('sha256').update(tag, 'utf16le').digest('base64url')}`
}
