import { EXACT_ACCEPT_ENCODING } from '../fields/accept-encoding.js'

/** One thing that a page may depend on. Header names are in lower case. */
export type Input =
  | { readonly kind: 'header'; readonly name: string }
  /** Every header that browsers and proxies don't send by themselves. */
  | { readonly kind: 'headers' }
  /** Accept-Encoding letter by letter, not reduced to what it means. */
  | { readonly kind: 'exact-accept-encoding' }
  | { readonly kind: 'cookie'; readonly name: string }
  /** All cookies but the ignored ones. */
  | { readonly kind: 'cookies' }
  | { readonly kind: 'session' }
  | { readonly kind: 'visitor' }
  | { readonly kind: 'req'; readonly name: string }
  | { readonly kind: 'res'; readonly name: string }
  | { readonly kind: 'locals'; readonly name: string }
  /** All of `res.locals`. */
  | { readonly kind: 'all-locals' }

/** Every header that browsers and proxies don't send by themselves, read at once. */
export const ALL_HEADERS = 'header:*'
/**
 * The Cookie header, read by the handler: all cookies but the ignored ones. `cookie` is the header
 * as Vary names it: its whole value, as in Django.
 */
export const ALL_COOKIES = 'cookie:*'
export const ALL_LOCALS = 'locals:*'
export const SESSION_INPUT = 'session'
export const VISITOR_INPUT = 'visitor'

/** Inputs whose text says all. */
const wholes: ReadonlyMap<string, Input> = new Map<string, Input>([
  [ALL_HEADERS, { kind: 'headers' }],
  [ALL_COOKIES, { kind: 'cookies' }],
  [ALL_LOCALS, { kind: 'all-locals' }],
  [SESSION_INPUT, { kind: 'session' }],
  [VISITOR_INPUT, { kind: 'visitor' }],
  [EXACT_ACCEPT_ENCODING, { kind: 'exact-accept-encoding' }],
])

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i

/**
 * Name of a header as an input, whatever its letter case.
 *
 * @returns undefined for what is no RFC 9110 token: no client can send it, so no page depends on it
 */
export function headerInput(field: string): string | undefined {
  // Before the letter case changes: the Kelvin sign becomes a `k`.
  if (!token.test(field)) return undefined
  const name = field.toLowerCase()
  // Node never shows a header of this name in `req.headers`.
  if (name === '__proto__') return undefined
  // `*` is a legal field name, but means something else in Vary.
  if (name === '*') return ALL_HEADERS
  return wholes.has(name) ? `header:${name}` : name
}

/**
 * Name of the input for a header that a handler read; Cookie counts without the ignored cookies.
 */
export function readHeaderInput(field: string): string | undefined {
  const name = headerInput(field)
  return name === 'cookie' ? ALL_COOKIES : name
}

/**
 * Headers named in Vary as inputs, and the exact Accept-Encoding, by which a body in an unknown
 * coding varies (`variesByCoding`). What is no field name is left out: it can't choose a page.
 */
export function varyInputs(names: readonly string[]): readonly string[] {
  return names.map(varyInput).filter((name) => name !== undefined)
}

function varyInput(name: string): string | undefined {
  return name === EXACT_ACCEPT_ENCODING ? name : headerInput(name)
}

export function cookieInput(name: string): string {
  return `cookie:${escapeName(name)}`
}

/** A property of the request that a middleware left there. */
export function reqInput(name: string): string {
  return `req:${escapeName(name)}`
}

/** A property of the response that a middleware left there. */
export function resInput(name: string): string {
  return `res:${escapeName(name)}`
}

/** A property of `res.locals`. */
export function localsInput(name: string): string {
  return `locals:${escapeName(name)}`
}

/** Text of an input, as a vary record holds it. */
export function inputText(input: Input): string {
  if (input.kind === 'header') return wholes.has(input.name) ? `header:${input.name}` : input.name
  if ('name' in input) return `${input.kind}:${escapeName(input.name)}`
  for (const [text, { kind }] of wholes) if (kind === input.kind) return text
  return input.kind
}

/**
 * The input that a text names. Never throws: a store may hold anything.
 *
 * @returns undefined for a text that no input has
 */
export function parseInput(text: string): Input | undefined {
  const known = wholes.get(text) ?? parsedNames.get(text)
  if (known !== undefined) return known
  const input = parseName(text)
  if (input === undefined || text.length > MAX_PARSED_LENGTH) return input
  if (parsedNames.size >= MAX_PARSED_NAMES) parsedNames.clear()
  parsedNames.set(text, input)
  return input
}

/** An application has few names, and a hit parses those that its page depends on. */
const MAX_PARSED_NAMES = 500
/** Characters. */
const MAX_PARSED_LENGTH = 100
const parsedNames = new Map<string, Input>()

function parseName(text: string): Input | undefined {
  const colon = text.indexOf(':')
  const input = colon === -1 ? header(text) : named(text.slice(0, colon), text.slice(colon + 1))
  // One text per input: another spelling would be another name for the same value.
  return input !== undefined && inputText(input) === text ? input : undefined
}

function header(name: string): Input | undefined {
  const text = name === '*' ? undefined : headerInput(name)
  return text === name || text === `header:${name}` ? { kind: 'header', name } : undefined
}

function named(kind: string, name: string): Input | undefined {
  if (kind === 'header') return header(name)
  if (kind !== 'cookie' && kind !== 'req' && kind !== 'res' && kind !== 'locals') return undefined
  return { kind, name: unescapeName(name) }
}

/** Commas and line breaks separate names in a record, `*` means all: none may be in a name. */
const unsafe = /[^!#$&'+./:;=?@^_`|~()0-9A-Za-z-]/g

/** A name with what is unsafe as `%` and four hexadecimal digits, one UTF-16 unit each. */
export function escapeName(name: string): string {
  return name.replace(unsafe, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function unescapeName(text: string): string {
  return text.replace(/%([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
