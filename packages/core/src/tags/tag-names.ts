import { createHash } from 'node:crypto'
import { ValueError } from '../errors.js'
import { tagsOf } from './check-tags.js'

/** Most tags of one entry. */
export const MAX_TAGS = 10_000

/**
 * Tags that stand in a key as they are: short, and of characters that memcached allows. Others are
 * hashed.
 */
const PLAIN = /^[\w.:/@+-]{1,64}$/

/**
 * Returns the tags of an entry, each once.
 *
 * @param caller name of the function or option, for errors
 * @throws ValueError for values that are no tags, or more than 10,000
 */
export function entryTags(tags: unknown, caller: string): readonly string[] {
  if (tags === undefined) return []
  const list = [...new Set(tagsOf(tags, caller))]
  if (list.length <= MAX_TAGS) return list
  throw new ValueError(`${caller}: an entry has ${MAX_TAGS} tags at the most; got ${list.length}`)
}

/**
 * Keys of a cache's logical clock. Keys of values differ: their version stands where 'tag' does.
 */
export class TagKeys {
  readonly epoch: string
  readonly #prefix: string

  constructor(keyPrefix: string) {
    this.#prefix = `${keyPrefix}::tag`
    this.epoch = `${this.#prefix}:epoch`
  }

  /** Key of the epoch of the tag's last purge, soft or hard. */
  purged(tag: string): string {
    return `${this.#prefix}:purged:${nameOf(tag)}`
  }

  /**
   * Key of the epoch of its last hard purge; read only for entries that `purged` does not show to
   * be valid.
   */
  hard(tag: string): string {
    return `${this.#prefix}:hard:${nameOf(tag)}`
  }
}

/** Encodes a name as part of a key that every store allows. */
export function nameOf(name: string): string {
  return PLAIN.test(name) ? `=${name}` : createHash('sha256').update(name).digest('base64url')
}
