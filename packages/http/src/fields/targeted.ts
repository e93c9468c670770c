import { type BareItem, parseDictionary, parseList, Token } from 'structured-headers'
import { type CacheControl, parseCacheControl } from './cache-control.js'
import { fieldValue, type HeaderMap } from './headers.js'

/** What a response says of its caching, to one kind of cache. */
export interface EffectiveControl {
  readonly directives: CacheControl
  /** The targeted field that said it, as Cache-Control would; undefined: Cache-Control did. */
  readonly targeted: string | undefined
}

const seconds = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'])
const flags = new Set([
  'public',
  'no-store',
  'no-transform',
  'must-revalidate',
  'proxy-revalidate',
  'must-understand',
  'immutable',
])

/**
 * RFC 9213 §2.2: the first targeted field that is valid and not empty replaces Cache-Control and Expires.
 *
 * @param targeted names of fields, in lower case
 */
export function effectiveControl(headers: HeaderMap, targeted: readonly string[] = []): EffectiveControl {
  for (const name of targeted) {
    const value = headers[name] === undefined ? undefined : fieldValue(headers, name)
    const text = value === undefined ? undefined : parseTargeted(value)
    if (text !== undefined) return { directives: parseCacheControl(text), targeted: text }
  }
  return { directives: parseCacheControl(headers['cache-control']), targeted: undefined }
}

/** RFC 9213 §2.1: a Dictionary (RFC 9651 §3.2) as Cache-Control would spell it; undefined where it must be ignored. */
function parseTargeted(value: string): string | undefined {
  try {
    const members = [...parseDictionary(value)].flatMap(([name, [item]]) => memberOf(name, item))
    return members.length === 0 ? undefined : members.join(', ')
  } catch {
    return undefined
  }
}

/** RFC 9213 §2.1: a directive whose value is of another type than its own is ignored. */
function memberOf(name: string, item: BareItem | unknown[]): string[] {
  if (seconds.has(name)) return typeof item === 'number' && Number.isInteger(item) ? [`${name}=${item}`] : []
  if (item === true) return [name]
  if (flags.has(name)) return []
  if (typeof item === 'string') return [`${name}="${item.replace(/["\\]/g, '\\$&')}"`]
  if (item instanceof Token || typeof item === 'number') return [`${name}=${String(item)}`]
  return []
}

/** A list of strings (RFC 9651 §3.1), such as Cache-Groups; empty for what is none. Never throws. */
export function parseStringList(value: string): readonly string[] {
  try {
    return parseList(value).flatMap(([item]) => (typeof item === 'string' ? [item] : []))
  } catch {
    return []
  }
}
