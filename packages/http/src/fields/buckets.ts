import { unescape as unescapeLeniently } from 'node:querystring'
import Negotiator from 'negotiator'
import type { HeaderMap } from './headers.js'

/**
 * Reduces a header named in Vary before it enters the key. A list keeps its best match
 * (Accept-Language: as `negotiator` chooses; Cookie: the values of the listed cookies; others: the
 * value itself, if listed). A function returns the reduced value.
 */
export type Bucket =
  | readonly string[]
  | ((value: string | undefined, headers: HeaderMap) => string | undefined)

/** Buckets by header names in lower case. */
export type Buckets = Readonly<Record<string, Bucket>>

/** Returns the reduced value of a header; undefined: as if it were absent. */
export function bucketValue(
  name: string,
  bucket: Bucket,
  value: string | undefined,
  headers: HeaderMap,
): string | undefined {
  if (typeof bucket === 'function') return bucket(value, headers)
  if (value === undefined) return undefined
  if (name === 'cookie') return JSON.stringify(bucket.map((cookie) => cookieOf(value, cookie)))
  if (name === 'accept-language') return bestLanguage(value, bucket) ?? ''
  const wanted = value.trim().toLowerCase()
  return bucket.find((one) => one.toLowerCase() === wanted) ?? ''
}

/**
 * Returns what parsers find of a cookie. Browsers part pairs by `; `, and so do many parsers that
 * are written in a line: where these find something else, both count.
 */
function cookieOf(header: string, name: string): readonly (string | readonly string[])[] {
  const pairs = pairsOf(header, name, ';')
  const others = pairsOf(header, name, '; ')
  return pairs.length === others.length && pairs.every((pair, i) => pair === others[i])
    ? pairs
    : [pairs, others]
}

/**
 * Returns every pair that any cookie parser would find under a name, as written. Parsers differ
 * about which of two counts, what white space is and whether names are escaped: a pair missing here
 * but read by the handler would let a visitor poison the page of others.
 */
function pairsOf(header: string, name: string, separator: ';' | '; '): readonly string[] {
  const pairs: string[] = []
  for (const pair of header.split(separator)) {
    const own = pair.split('=', 1)[0] ?? ''
    if (own.trim() === name || unescapeLeniently(own).trim() === name) pairs.push(trimmed(pair))
  }
  return pairs
}

/** Trims HTTP's white space (RFC 9110 §5.6.3); text with any other kind stays as it is. */
function trimmed(text: string): string {
  return /[^\S \t]/.test(text) ? text : text.trim()
}

/**
 * Returns the language that Express's `req.acceptsLanguages` chooses, so that handler and key
 * agree.
 */
function bestLanguage(header: string, languages: readonly string[]): string | undefined {
  return new Negotiator({ headers: { 'accept-language': header } }).language([...languages])
}
