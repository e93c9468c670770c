import { fieldValue, type HeaderMap } from '../fields/headers.js'
import { isBrowserHeader } from './browser-headers.js'
import { defaultIgnore } from './default-ignore.js'
import { ALL_COOKIES, ALL_HEADERS, escapeName, headerInput } from './input-names.js'

/**
 * Rules for inputs that are not learned although they are read. They don't apply to names in Vary,
 * `keyParts` and the like: an explicit choice of the application always counts.
 */
export interface InputRules {
  /** @param name of an input, as `headerInput`, `cookieInput` and the others give it */
  ignores(name: string): boolean
  /** @param name of a cookie, as it was sent */
  ignoresCookie(name: string): boolean
}

type Kind = 'header' | 'cookie' | 'req' | 'res' | 'locals'

interface Pattern {
  readonly kind: Kind
  /** Escaped, as in the texts of inputs; without the `*`. */
  readonly name: string
  readonly open: boolean
}

/** Names and beginnings of names of one kind. */
interface Matcher {
  readonly names: Set<string>
  readonly beginnings: string[]
}

/** Say for whom a page is; ignored only where they are named in full. */
const credentials: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])

/**
 * Rules of an application, beside the default ones.
 *
 * @param patterns `user-agent`, `x-ab-*`, `cookie:ab_*`, `cookie:*`, `req:log`, `locals:now`
 * @throws TypeError for what `ignoreFault` objects to
 */
export function inputRules(patterns: readonly string[] = []): InputRules {
  const fault = ignoreFault(patterns)
  if (fault !== undefined) throw new TypeError(fault)
  const matchers = matchersOf([...defaultIgnore, ...patterns])
  return {
    ignores: (name) => ignoresInput(matchers, name),
    ignoresCookie: (name) => matches(matchers.cookie, escapeName(name)),
  }
}

/** Why these can't be patterns of what is ignored; undefined where they can. */
export function ignoreFault(patterns: readonly unknown[]): string | undefined {
  for (const pattern of patterns) {
    if (typeof pattern !== 'string') return `must hold texts such as 'cookie:ab_*'; got ${typeof pattern}`
    const fault = patternFault(pattern)
    if (fault !== undefined) return `${JSON.stringify(pattern)} ${fault}`
  }
  return undefined
}

function patternFault(pattern: string): string | undefined {
  if (pattern === '*')
    return "would ignore everything; inputs: 'declared' lets only Vary, keyParts, sessions and users decide"
  if (pattern === 'session' || pattern === 'visitor')
    return `can't be ignored; say isAuthenticated: () => false where visitors share pages (a header of this name: 'header:${pattern}')`
  if (pattern.slice(0, -1).includes('*')) return "may have a '*' only at its end"
  return patternOf(pattern) === undefined
    ? "is no name: a header, 'cookie:NAME', 'req:NAME', 'res:NAME' or 'locals:NAME', with '*' at its end or not"
    : undefined
}

function patternOf(pattern: string): Pattern | undefined {
  const [, kind = 'header', whole = ''] = /^(?:(header|cookie|req|res|locals):)?(.*)$/s.exec(pattern) ?? []
  const open = whole.endsWith('*')
  const name = open ? whole.slice(0, -1) : whole
  if (kind !== 'header')
    return whole === '' ? undefined : { kind: kind as Kind, name: escapeName(name), open }
  if (whole === '*') return { kind: 'header', name: '*', open: false }
  return headerInput(name) === undefined ? undefined : { kind: 'header', name: name.toLowerCase(), open }
}

function matchersOf(patterns: readonly string[]): Readonly<Record<Kind, Matcher>> {
  const matchers = {
    header: matcher(),
    cookie: matcher(),
    req: matcher(),
    res: matcher(),
    locals: matcher(),
  }
  for (const pattern of patterns) {
    const parsed = patternOf(pattern)
    if (parsed === undefined) continue
    if (parsed.open) matchers[parsed.kind].beginnings.push(parsed.name)
    else matchers[parsed.kind].names.add(parsed.name)
  }
  return matchers
}

function matcher(): Matcher {
  return { names: new Set(), beginnings: [] }
}

function matches({ names, beginnings }: Matcher, name: string): boolean {
  return names.has(name) || beginnings.some((beginning) => name.startsWith(beginning))
}

function ignoresInput(matchers: Readonly<Record<Kind, Matcher>>, text: string): boolean {
  if (text === 'session' || text === 'visitor') return false
  if (text === ALL_COOKIES && matchers.header.names.has('cookie')) return true
  const colon = text.indexOf(':')
  const kind = colon === -1 ? 'header' : text.slice(0, colon)
  const name = text.slice(colon + 1)
  if (kind === 'header' && (credentials.has(name) || text === ALL_HEADERS))
    return matchers.header.names.has(name)
  return Object.hasOwn(matchers, kind) && matches(matchers[kind as Kind], name)
}

/**
 * Headers of a request that count where all are read at once: neither ignored nor a browser's own.
 * Pseudo-header fields (RFC 9113 §8.3) are method and URL, which the key has already.
 *
 * @returns names in lower case, sorted
 */
export function countedHeaders(headers: HeaderMap, rules: InputRules): readonly string[] {
  return Object.keys(headers)
    .filter((name) => !name.startsWith(':') && fieldValue(headers, name) !== undefined)
    .filter((name) => !isBrowserHeader(name) && !rules.ignores(headerInput(name) ?? name))
    .sort()
}
