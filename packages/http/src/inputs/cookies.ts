import { unescape as unescapeLeniently } from 'node:querystring'
import type { InputRules } from './ignore.js'

/** One pair of a Cookie header (RFC 6265 §5.4), as it was sent. */
export interface CookiePair {
  /** Before the first `=`, without white space around it; the whole pair where there is no `=`. */
  readonly name: string
  /** After the first `=`, quotes and escapes as they are; undefined where there is no `=`. */
  readonly value: string | undefined
  /** The pair as it stands, without white space around it. */
  readonly text: string
}

/** Value of a Cookie header; HTTP/2 may split it into several (RFC 9113 §8.2.3). */
export type CookieHeader = string | number | readonly string[] | undefined

/** The Cookie header as one text; undefined where it is absent. */
export function cookieHeaderText(header: CookieHeader): string | undefined {
  if (header === undefined || typeof header === 'string') return header
  return typeof header === 'number' ? String(header) : header.join('; ')
}

/**
 * Pairs of a Cookie header in the order sent; of one name there may be several.
 *
 * @param separator what parts them for a parser: many that are written in a line look for `; `, as
 *   browsers send it
 * @default ';'
 */
export function cookiePairs(header: CookieHeader, separator: ';' | '; ' = ';'): readonly CookiePair[] {
  const pairs: CookiePair[] = []
  for (const part of (cookieHeaderText(header) ?? '').split(separator)) {
    const text = trimmed(part)
    if (text !== '') pairs.push(pairOf(text))
  }
  return pairs
}

function pairOf(text: string): CookiePair {
  const equals = text.indexOf('=')
  if (equals === -1) return { name: text.trim(), value: undefined, text }
  return { name: text.slice(0, equals).trim(), value: trimmed(text.slice(equals + 1)), text }
}

/** Trims the white space of HTTP (RFC 9110 §5.6.3): another kind may count for a parser. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (start < end && isSpace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/**
 * All pairs that any parser would find under a name. Parsers differ about which of two counts,
 * whether a name may be escaped, and what parts two pairs: a value that only some of them see must
 * not be lost.
 *
 * @returns undefined where there is none: an absent cookie differs from an empty one
 */
export function cookieText(header: CookieHeader, name: string): string | undefined {
  const text = cookieHeaderText(header) ?? ''
  const found = certainText(text, name)
  return found === UNCERTAIN ? cookieTextOfAll(text, name) : found
}

/** Result for a header that parsers might read in different ways. */
const UNCERTAIN = Symbol('uncertain')

/**
 * The pairs of a name in a header about which all parsers agree, as all that browsers send are:
 * pairs of a name and a value, `; ` between them, and no white space or escape in a name.
 */
function certainText(header: string, name: string): string | undefined | typeof UNCERTAIN {
  if (name !== name.trim()) return UNCERTAIN
  let found: string | undefined
  for (let start = 0; start < header.length; ) {
    const equals = endOfName(header, start)
    if (equals === -1) return UNCERTAIN
    const semicolon = header.indexOf(';', equals)
    const end = semicolon === -1 ? header.length : semicolon
    if (semicolon !== -1 && header.charCodeAt(semicolon + 1) !== 0x20) return UNCERTAIN
    if (equals - start === name.length && header.startsWith(name, start)) {
      const pair = trimmed(header.slice(start, end))
      found = found === undefined ? pair : `${found};${pair}`
    }
    start = end + 2
  }
  return found
}

/** @returns where the `=` behind a name is; -1: there is none, or the name is no plain one */
function endOfName(header: string, start: number): number {
  for (let at = start; at < header.length; at += 1) {
    const code = header.charCodeAt(at)
    if (code === 0x3d) return at
    if (code <= 0x20 || code >= 0x7f || code === 0x3b || code === 0x25) return -1
  }
  return -1
}

function cookieTextOfAll(header: string, name: string): string | undefined {
  const pairs = textsNamed(cookiePairs(header), name)
  if (pairs.length === 0) return undefined
  const text = pairs.join(';')
  const others = textsNamed(cookiePairs(header, '; '), name)
  // No pair begins with `;`, and none has `; ` in it.
  return others.join('; ') === pairs.join('; ') ? text : `;${text}; ${others.join('; ')}`
}

function textsNamed(pairs: readonly CookiePair[], name: string): readonly string[] {
  return pairs.filter((pair) => isNamed(pair, name)).map(({ text }) => text)
}

function isNamed(pair: CookiePair, name: string): boolean {
  if (pair.name === name || pair.name === name.trim()) return true
  return pair.name.includes('%') && unescapeLeniently(pair.name).trim() === name.trim()
}

/**
 * All cookies but the ignored ones, in the order sent: order and spelling may count for a parser.
 * None is left out where parsers differ about what parts two.
 *
 * @returns undefined where the header is absent or holds nothing but ignored cookies
 */
export function allCookiesText(header: CookieHeader, rules: InputRules): string | undefined {
  const text = cookieHeaderText(header)
  if (text === undefined) return undefined
  const pairs = cookiePairs(text)
  const counted = pairs.filter(({ name }) => !rules.ignoresCookie(name))
  const isCertain = joined(cookiePairs(text, '; ')) === joined(pairs)
  if (counted.length === pairs.length || !isCertain) return trimmed(text)
  return counted.length === 0 ? undefined : joined(counted)
}

function joined(pairs: readonly CookiePair[]): string {
  return pairs.map(({ text }) => text).join('; ')
}
