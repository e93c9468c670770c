import { hash } from 'node:crypto'
import { EXACT_ACCEPT_ENCODING, reduceAcceptEncoding } from '../fields/accept-encoding.js'
import { type Buckets, bucketValue } from '../fields/buckets.js'
import type { HeaderMap } from '../fields/headers.js'
import { normalizedValue } from '../fields/normalize.js'

/** What a request is for, as its client sees it. */
export interface RequestTarget {
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly url: string
}

/**
 * Text that no other list of parts gives: each part with its length in front, an absent one told from an empty one.
 */
export function keyText(parts: readonly (string | undefined)[]): string {
  let text = ''
  for (const part of parts) text += part === undefined ? '-' : `${part.length}:${part}`
  return text
}

/** What the key of a URL is made of (RFC 9111 §2: at the least its method and target URI). */
export function targetKeyText({ method, scheme, host, url }: RequestTarget): string {
  return `${method.length}:${method}${scheme.length}:${scheme}${host.length}:${host}${url.length}:${url}`
}

/** How the values of headers named in Vary are compared. */
export interface VaryMatching {
  readonly buckets?: Buckets | undefined
  /** By what they mean (RFC 9111 §4.1), not letter by letter, as Django does. @default false */
  readonly normalize?: boolean
}

/**
 * What the headers named in Vary add to a key (RFC 9111 §4.1). An absent header differs from an empty one.
 *
 * @param names in lower case, in an order that is always the same
 */
export function variantKeyText(
  names: readonly string[],
  headers: HeaderMap,
  selection: VaryMatching = {},
): string {
  let text = ''
  for (const name of names) text += keyText([name, ...variantValue(name, headers, selection)])
  return text
}

function variantValue(
  name: string,
  headers: HeaderMap,
  { buckets, normalize }: VaryMatching,
): readonly (string | undefined)[] {
  if (name === EXACT_ACCEPT_ENCODING) return [textOf(headers['accept-encoding'])]
  // Not what every object inherits: Vary may name anything.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  const bucket = buckets?.[name]
  const lines = typeof value === 'object' ? value : undefined
  const text = lines === undefined ? textOf(value) : lines.join(', ')
  if (bucket !== undefined) return [bucketValue(name, bucket, text, headers)]
  if (name === 'accept-encoding') return [text === undefined ? undefined : reduceAcceptEncoding(text)]
  if (normalize === true && text !== undefined) return [normalizedValue(name, text)]
  // As one part, behind an absent one: nothing that a single line or the next header could look like.
  return lines === undefined ? [text] : [undefined, keyText(lines)]
}

function textOf(value: HeaderMap[string]): string | undefined {
  return value === undefined ? undefined : String(value)
}

/** SHA-256 of key material, 43 characters that every store takes in a key. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url')
}

const defaultPorts: Readonly<Record<string, string>> = { http: ':80', https: ':443' }

/**
 * A host under the one name that all its spellings mean: letter case, the scheme's default port and a trailing dot make no
 * difference (RFC 9110 §4.2.3). What is odd stays as it is, apart from all others.
 */
export function normalizeHost(host: string, scheme: string): string {
  const known = normalized.get(scheme)?.get(host)
  if (known !== undefined) return known
  const name = normalize(host, scheme)
  const ofScheme = normalized.get(scheme) ?? new Map<string, string>()
  if (ofScheme.size >= MAX_NORMALIZED) ofScheme.clear()
  if (host.length < 256 && scheme in defaultPorts) normalized.set(scheme, ofScheme.set(host, name))
  return name
}

/** By scheme, then host. */
const normalized = new Map<string, Map<string, string>>()
const MAX_NORMALIZED = 200

function normalize(host: string, scheme: string): string {
  let name = host.toLowerCase()
  const port = defaultPorts[scheme]
  if (port !== undefined && name.endsWith(port) && !name.slice(0, -port.length).endsWith(':'))
    name = name.slice(0, -port.length)
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.(:\d+)?$/.test(name)) name = name.replace(/\.(?=:\d+$|$)/, '')
  return name
}
