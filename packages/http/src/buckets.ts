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
  if (name === 'cookie') return JSON.stringify(bucket.map((cookie) => cookieValue(value, cookie) ?? null))
  if (name === 'accept-language') return bestLanguage(value, bucket) ?? ''
  const wanted = value.trim().toLowerCase()
  return bucket.find((one) => one.toLowerCase() === wanted) ?? ''
}

/** The first of that name, as cookie parsers take it. */
function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals >= 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return undefined
}

/** The language that Express's `req.acceptsLanguages` would choose, so that its handlers and the key agree. */
function bestLanguage(header: string, languages: readonly string[]): string | undefined {
  return new Negotiator({ headers: { 'accept-language': header } }).language([...languages])
}
