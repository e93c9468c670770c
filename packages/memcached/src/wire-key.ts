import { hash } from 'node:crypto'
import { keyFault } from '@sitecache/core'

/** What our own keys begin with, and no other: such a key is hashed too. */
const RESERVED = 'sitecache~'

/** Under which a server keeps what was cleared. */
export const CLEAR_LOG_KEY = `${RESERVED}clears`

/**
 * The key that a server is given: the full key where memcached takes it, so that it can be found by hand, and else its
 * SHA-256, which no other key has.
 */
export function wireKey(fullKey: string): string {
  const isFit = fullKey !== '' && !fullKey.startsWith(RESERVED) && keyFault(fullKey) === undefined
  // Halves of surrogate pairs have no UTF-8 and would all become one key.
  const isText = !/\p{Surrogate}/u.test(fullKey)
  if (isFit && isText) return fullKey
  const digest = hash('sha256', isText ? fullKey : Buffer.from(fullKey, 'utf16le'), 'buffer')
  return `${RESERVED}${isText ? 'k' : 'x'}${digest.toString('base64url')}`
}
