import type { HeaderMap } from './headers.js'

/**
 * What a header named in Vary is reduced to before it enters the key: the best of a list (Accept-Language: by RFC 4647; Cookie:
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

/** RFC 4647 §3.4, lookup: each range in the order of its weight, cut short from its end until a language matches. */
function bestLanguage(header: string, languages: readonly string[]): string | undefined {
  for (const range of languageRanges(header)) {
    if (range === '*') return languages[0]
    for (let prefix = range; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('-')))) {
      const found = languages.find((language) => language.toLowerCase() === prefix)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function languageRanges(header: string): readonly string[] {
  const ranges = header
    .toLowerCase()
    .split(',')
    .map((member) => {
      const [range = '', ...parameters] = member.split(';').map((part) => part.trim())
      const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return { range, q: q === undefined ? 1 : Number(q) || 0 }
    })
  return ranges
    .filter(({ range, q }) => range !== '' && q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ range }) => range)
}
