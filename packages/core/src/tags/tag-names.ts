import { createHash } from 'node:crypto'
import { ValueError } from '../errors.js'
import { checkTags } from './check-tags.js'

/** Tags that one entry can have. */
export const MAX_TAGS = 10_000

/** Tags that stand in a key as they are: what memcached takes, and short. The others are hashed. */
const PLAIN = /^[\w.:/@+-]{1,64}$/

/**
 * The tags of an entry, each once.
 *
 * @param caller names them in errors
 * @throws ValueError for what are no tags, or more than 10,000
 */
export function entryTags(tags: unknown, caller: string): readonly string[] {
  if (tags === undefined) return []
  const list = [...new Set(checkTags(tags, caller))]
  if (list.length <= MAX_TAGS) return list
  throw new ValueError(`${caller}: an entry has ${MAX_TAGS} tags at the most; got ${list.length}`)
}

/** The keys of a cache's logical clock. No key of a value is among them: its version would stand where 'tag' does. */
export class TagKeys {
  readonly epoch: string
  readonly #prefix: string

  constructor(keyPrefix: string) {
    this.#prefix = `${keyPrefix}::tag`
    this.epoch = `${this.#prefix}:epoch`
  }

  /** Holds the epoch of the last purge of the tag, soft or hard. */
  purged(tag: string): string {
    return `${this.#prefix}:purged:${nameOf(tag)}`
  }

  /** Holds the epoch of the last hard one; consulted only for what `purged` does not show to be valid. */
  hard(tag: string): string {
    return `${this.#prefix}:hard:${nameOf(tag)}`
  }
}

/** A name as part of a key that every store takes. */
export function nameOf(name: string): string {
  return PLAIN.test(name) ? `=${name}` : createHash('sha256').update(name).digest('base64url')
}
