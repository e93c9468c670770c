import { unescape as unescapeLeniently } from 'node:querystring'
import Negotiator from 'negotiator'
import type { HeaderMap } from './headers.js'

/**
 * What a header named in Vary is reduced to before it enters the key: the best of a list (Accept-Language: as `negotiator` chooses; Cookie:
 * the values of these cookies; others: the value itself, if it is in the list), or what a function makes of it.
 */
export type Bucket =
  | readonly string[]
  | ((value: string | undefined, headers: HeaderMap) => string | undefined)

/** Buckets by header names in lower case. */
export type Buckets = Readonly<Record<string, Bucket>>

/** The bucket that a header's value falls into; undefined: as if it were absent. */
export function bucketValue(
  name: string,
  bucket: Bucket,
  value: string | undefined,
  headers: HeaderMap,
): string | undefined {
  if (typeof bucket === 'function') return bucket(value, headers)
  if (value === undefined) return undefined
  if (name === 'cookie') return JSON.stringify(bucket.map((cookie) => pairsOf(value, cookie)))
  if (name === 'accept-language') return bestLanguage(value, bucket) ?? ''
  const wanted = value.trim().toLowerCase()
  return bucket.find((one) => one.toLowerCase() === wanted) ?? ''
}

/**
 * Each cookie that any parser would find under a name, as it is written. Parsers differ about which of two counts, what
 * white space is and whether a name may be escaped: by the one that ours passed over, a visitor could leave a page with others.
 */
function pairsOf(header: string, name: string): readonly string[] {
  const pairs: string[] = []
  for (const pair of header.split(';')) {
    const own = pair.split('=', 1)[0] ?? ''
    if (own.trim() === name || unescapeLeniently(own).trim() === name) pairs.push(trimmed(pair))
  }
  return pairs
}

/** Of the white space that HTTP knows (RFC 9110 §5.6.3): whoever sends another kind has a page apart. */
function trimmed(text: string): string {
  return /[^\S \t]/.test(text) ? text : text.trim()
}

/** The language that Express's `req.acceptsLanguages` would choose, so that its handlers and the key agree. */
function bestLanguage(header: string, languages: readonly string[]): string | undefined {
  return new Negotiator({ headers: { 'accept-language': header } }).language([...languages])
}
