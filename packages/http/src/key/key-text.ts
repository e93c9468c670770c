import { hash } from 'node:crypto'
import { EXACT_ACCEPT_ENCODING, reduceAcceptEncoding } from '../fields/accept-encoding.js'
import type { Buckets } from '../fields/buckets.js'
import type { HeaderMap } from '../fields/headers.js'
import { normalizedValue } from '../fields/normalize.js'
import { bucketText } from './bucket-text.js'

/** Method and target URI of a request, as its client sees them. */
export interface RequestTarget {
  readonly method: string
  readonly scheme: string
  readonly host: string
  /** Path and query. */
  readonly url: string
}

/**
 * Returns a text that no other list of parts has: each part has its length in front, and an absent
 * part differs from an empty one.
 */
export function keyText(parts: readonly (string | undefined)[]): string {
  let text = ''
  for (const part of parts) text += part === undefined ? '-' : `${part.length}:${part}`
  return text
}

/**
 * Takes a text of `keyText` apart again, or several that were joined.
 *
 * @returns parts up to the first that is none
 */
export function splitKeyText(text: string): readonly (string | undefined)[] {
  const parts: (string | undefined)[] = []
  for (let at = 0; at < text.length; ) {
    if (text[at] === '-') {
      parts.push(undefined)
      at += 1
      continue
    }
    const [head = '', digits = ''] = /^(\d+):/.exec(text.slice(at, at + 20)) ?? []
    const end = at + head.length + Number(digits)
    if (head === '' || end > text.length) break
    parts.push(text.slice(at + head.length, end))
    at = end
  }
  return parts
}

/** Returns the text of a URL's cache key (RFC 9111 §2: at least its method and target URI). */
export function targetKeyText({ method, scheme, host, url }: RequestTarget): string {
  return `${method.length}:${method}${scheme.length}:${scheme}${host.length}:${host}${url.length}:${url}`
}

/** How the request headers named in Vary are compared. */
export interface VaryMatching {
  readonly buckets?: Buckets | undefined
  /**
   * Compares by meaning (RFC 9111 §4.1) instead of letter by letter, as Django does.
   *
   * @default false
   */
  readonly normalize?: boolean
}

/**
 * Returns what the headers named in Vary add to a key (RFC 9111 §4.1). An absent header differs
 * from an empty one.
 *
 * @param names in lower case, always in the same order
 * @param headers of the request, names in lower case
 */
export function variantKeyText(
  names: readonly string[],
  headers: HeaderMap,
  matching: VaryMatching = {},
): string {
  let text = ''
  for (const name of names) text += keyText([name, ...variantValue(name, headers, matching)])
  return text
}

function variantValue(
  name: string,
  headers: HeaderMap,
  { buckets, normalize }: VaryMatching,
): readonly (string | undefined)[] {
  if (name === EXACT_ACCEPT_ENCODING) return [textOf(headers['accept-encoding'])]
  // Own properties only: Vary may name `constructor` or `toString`, which every object inherits.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  const bucket = buckets?.[name]
  const lines = typeof value === 'object' ? value : undefined
  const text = lines === undefined ? textOf(value) : lines.join(', ')
  if (bucket !== undefined) return [bucketText(name, bucket, text, headers)]
  if (name === 'accept-encoding') return [text === undefined ? undefined : reduceAcceptEncoding(text)]
  if (normalize === true && text !== undefined) return [normalizedValue(name, text)]
  // Several lines are one part behind an absent one: no single line and no next header look like
  // it.
  return lines === undefined ? [text] : [undefined, keyText(lines)]
}

function textOf(value: HeaderMap[string]): string | undefined {
  return value === undefined ? undefined : String(value)
}

/** Returns the SHA-256 of a key's text: 43 characters that every store takes in a key. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url')
}
