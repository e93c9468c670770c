import { createHash } from 'node:crypto'
import { msgpackCodec, SettingsError } from '@sitecache/core'
import { keyFault } from '@sitecache/core/store'

/** Most characters of a name in a key, which memcached limits to 250 bytes. */
const MAX_NAME = 60

/**
 * Returns the key of a fragment in its cache, for `cache.delete(key)` or `cache.set(key, html)`.
 *
 * No two different names or lists of values share a key; no values and an empty list are the same.
 * Types count: 5 and '5' are two keys.
 *
 * @param name as the template names it
 * @param varyOn the values that it varies on, in that order. @default none
 * @throws SettingsError when the name is not a text
 * @throws ValueError for a value without unambiguous text, such as a function or a class instance
 *
 * @example await cache.delete(fragmentKey('sidebar', [user.name]))
 */
export function fragmentKey(name: string, varyOn?: readonly unknown[] | null): string {
  if (typeof name !== 'string' || name === '')
    throw new SettingsError(`a fragment's name must be a text that is not empty; got ${typeof name}`)
  const digest = createHash('sha256').update(msgpackCodec.encode([name, (varyOn ?? []).map(plain)]))
  return `template.fragments.${legible(name)}.${digest.digest('base64url')}`
}

/** Returns the readable part of the key; the digest covers the whole name. */
function legible(name: string): string {
  const short = [...name].slice(0, MAX_NAME).join('')
  return keyFault(short) === undefined
    ? short
    : encodeURIComponent(short.replace(/\p{Surrogate}/gu, '')).slice(0, MAX_NAME)
}

/**
 * Unwraps a value: engines wrap safe texts (Nunjucks' SafeString is a String, Handlebars' is not).
 */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof String || value instanceof Number || value instanceof Boolean) return value.valueOf()
  if ('toHTML' in value && typeof value.toHTML === 'function') return String(value)
  return value
}
