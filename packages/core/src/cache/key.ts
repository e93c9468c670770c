import { inspect } from 'node:util'
import { ValueError } from '../errors.js'

/** Makes the full key, under which a store keeps a value. */
export type KeyFunction = (key: string, prefix: string, version: number) => string

/** `prefix:version:key`, as Django makes it. */
export const defaultKeyFunction: KeyFunction = (key, prefix, version) => `${prefix}:${version}:${key}`

/** Bytes of the longest key that memcached takes. */
const MAX_KEY_BYTES = 250

// Neither printable ASCII nor beyond it: white space, control characters and DEL.
const UNPRINTABLE = /[^!-~\u0080-\uffff]/

/**
 * Returns the fault for which memcached would refuse a full key.
 *
 * @returns undefined: it has none
 */
export function keyFault(fullKey: string): string | undefined {
  // A character is three bytes of UTF-8 at the most, so that most keys need no count.
  if (fullKey.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(fullKey) > MAX_KEY_BYTES) {
    return `is longer than ${MAX_KEY_BYTES} bytes`
  }
  return UNPRINTABLE.test(fullKey) ? 'holds white space or control characters' : undefined
}

/** @throws ValueError when the key is not a string. */
export function parseKey(key: unknown): string {
  if (typeof key === 'string') return key
  throw new ValueError(`a key must be a string; got ${key === null ? 'null' : typeof key}`)
}

/** @throws ValueError when the version is not a whole number. */
export function parseVersion(version: unknown): number {
  if (typeof version === 'number' && Number.isSafeInteger(version)) return version
  throw new ValueError(`a version must be a whole number; got ${inspect(version)}`)
}

/**
 * Returns a key as bytes: UTF-8, with lone surrogates as WTF-8 has them. UTF-8 has no bytes for
 * those, and keys that differ in them would become one key.
 */
export function keyBytes(key: string): Buffer {
  if (!/\p{Surrogate}/u.test(key)) return Buffer.from(key)
  return Buffer.concat(
    Array.from(key, (character) => {
      const code = character.codePointAt(0) ?? 0
      if (code < 0xd800 || code > 0xdfff) return Buffer.from(character)
      return Buffer.of(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    }),
  )
}
