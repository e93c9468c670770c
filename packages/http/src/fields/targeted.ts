import { type BareItem, parseDictionary, parseList, Token } from 'structured-headers'
import { type CacheControl, parseCacheControl } from './cache-control.js'
import { FLAG_DIRECTIVES, SECONDS_DIRECTIVES } from './directive-names.js'
import { fieldValue, type HeaderMap } from './headers.js'

/** Directives that a response has for this cache. */
export interface EffectiveControl {
  readonly directives: CacheControl
  /** Targeted field in the form of Cache-Control; undefined: the directives are Cache-Control's. */
  readonly targeted: string | undefined
  /** Name of that field; undefined: Cache-Control. */
  readonly field: string | undefined
}

/**
 * Returns the directives that count: the first targeted field that is valid and not empty replaces
 * Cache-Control and Expires (RFC 9213 §2.2).
 *
 * @param headers of the response, names in lower case
 * @param targeted names of targeted fields, in lower case
 */
export function effectiveControl(headers: HeaderMap, targeted: readonly string[] = []): EffectiveControl {
  for (const name of targeted) {
    const value = headers[name] === undefined ? undefined : fieldValue(headers, name)
    const text = value === undefined ? undefined : parseTargeted(value)
    if (text !== undefined) return { directives: parseCacheControl(text), targeted: text, field: name }
  }
  return { directives: parseCacheControl(headers['cache-control']), targeted: undefined, field: undefined }
}

/** Translates a Dictionary (RFC 9213 §2.1, RFC 9651 §3.2) to Cache-Control; undefined: ignored. */
function parseTargeted(value: string): string | undefined {
  try {
    const members = [...parseDictionary(value)].flatMap(([name, [item]]) => memberOf(name, item))
    return members.length === 0 ? undefined : members.join(', ')
  } catch {
    return undefined
  }
}

/** RFC 9213 §2.1: a directive whose value has the wrong type is ignored. */
function memberOf(name: string, item: BareItem | unknown[]): string[] {
  if (SECONDS_DIRECTIVES.has(name))
    return typeof item === 'number' && Number.isInteger(item) ? [`${name}=${item}`] : []
  if (item === true) return [name]
  if (FLAG_DIRECTIVES.has(name)) return []
  if (typeof item === 'string') return [`${name}="${item.replace(/["\\]/g, '\\$&')}"`]
  if (item instanceof Token || typeof item === 'number') return [`${name}=${String(item)}`]
  return []
}

/**
 * Parses a list of strings (RFC 9651 §3.1), such as Cache-Groups. Never throws.
 *
 * @returns [] if invalid
 */
export function parseStringList(value: string): readonly string[] {
  try {
    return parseList(value).flatMap(([item]) => (typeof item === 'string' ? [item] : []))
  } catch {
    return []
  }
}
