import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { ValueError } from '../errors.js'

/** Characters of the longest tag. */
export const MAX_TAG_LENGTH = 256
/** Tags that one entry, or one purge, can have. */
export const MAX_TAGS = 10_000

/** Tags that stand in a key as they are: what memcached takes, and short. The others are hashed. */
const PLAIN = /^[\w.:/@+-]{1,64}$/

/**
 * Tags as they were given, each once.
 *
 * @throws ValueError for what is no list of texts of 1 to 256 characters, or more than 10,000.
 */
export function parseTags(given: unknown): readonly string[] {
  if (given === undefined) return []
  if (!Array.isArray(given))
    throw new ValueError(`tags must be an array of strings; got ${inspect(given, { depth: 0 })}`)
  const tags = [...new Set(given.map(parseTag))]
  if (tags.length <= MAX_TAGS) return tags
  throw new ValueError(`there can be ${MAX_TAGS} tags at the most; got ${tags.length}`)
}

function parseTag(tag: unknown): string {
  if (isTag(tag)) return tag
  const got = typeof tag === 'string' ? `one of ${tag.length}` : inspect(tag, { depth: 0 })
  throw new ValueError(
    `a tag must be a string of 1 to ${MAX_TAG_LENGTH} characters, without lone surrogates; got ${got}`,
  )
}

/** Lone surrogates have no form in bytes: two of them would be one tag. */
export function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && tag !== '' && tag.length <= MAX_TAG_LENGTH && !/\p{Surrogate}/u.test(tag)
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

function nameOf(tag: string): string {
  return PLAIN.test(tag) ? `=${tag}` : createHash('sha256').update(tag).digest('base64url')
}
