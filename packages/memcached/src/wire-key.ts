import { hash } from 'node:crypto'
import { keyFault } from '@sitecache/core/store'

/** Prefix of the store's own keys; an application's key that begins so is hashed. */
const RESERVED = 'sitecache~'

/** Key of a server's clear log. */
export const CLEAR_LOG_KEY = `${RESERVED}clears`

/**
 * Returns the key on the server: the full key where memcached takes it, so that it can be found by
 * hand, else its SHA-256, which no other key has.
 */
export function wireKey(fullKey: string): string {
  const isFit = fullKey !== '' && !fullKey.startsWith(RESERVED) && keyFault(fullKey) === undefined
  // UTF-8 has no bytes for lone surrogates: all would become one key.
  const isText = !/\p{Surrogate}/u.test(fullKey)
  if (isFit && isText) return fullKey
  const digest = hash('sha256', isText ? fullKey : Buffer.from(fullKey, 'utf16le'), 'buffer')
  return `${RESERVED}${isText ? 'k' : 'x'}${digest.toString('base64url')}`
}
