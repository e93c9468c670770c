import { createHash } from 'node:crypto'
import { msgpackCodec, SettingsError } from '@sitecache/core'
import { keyFault } from '@sitecache/core/store'

/** So that no name makes a key that memcached would refuse: 120 characters may be 360 bytes, most are 120. */
const MAX_NAME = 60

/**
 * The key of a fragment in its cache, for `cache.delete(key)` or `cache.set(key, html)`.
 *
 * No two different names or lists of values share a key; no values and an empty list are the same. The types count: 5 and
 * '5' are two keys, so that a value has to be given here as the template gives it.
 *
 * @param name as the template names it
 * @param varyOn what it varies on, in that order. @default none
 * @throws SettingsError when the name is not a text
 * @throws ValueError for a value that has no unambiguous text, such as a function or an instance of a class
 *
 * @example await cache.delete(fragmentKey('sidebar', [user.name]))
 */
export function fragmentKey(name: string, varyOn?: readonly unknown[] | null): string {
  if (typeof name !== 'string' || name === '')
    throw new SettingsError(`a fragment's name must be a text that is not empty; got ${typeof name}`)
  const digest = createHash('sha256').update(msgpackCodec.encode([name, (varyOn ?? []).map(plain)]))
  return `template.fragments.${legible(name)}.${digest.digest('base64url')}`
}

/** The name for people who look at keys; the digest holds all of it. */
function legible(name: string): string {
  const short = [...name].slice(0, MAX_NAME).join('')
  return keyFault(short) === undefined
    ? short
    : encodeURIComponent(short.replace(/\p{Surrogate}/gu, '')).slice(0, MAX_NAME)
}

/** Engines wrap texts that are safe to write as they are: SafeString of Nunjucks is a String, that of Handlebars is not. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof String || value instanceof Number || value instanceof Boolean) return value.valueOf()
  if ('toHTML' in value && typeof value.toHTML === 'function') return String(value)
  return value
}
