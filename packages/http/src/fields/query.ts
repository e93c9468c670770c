import { unescape as unescapeLeniently } from 'node:querystring'

/** Part of the query string that belongs to the key. Names may end in `*`. */
export type QueryOption =
  | 'exact'
  | 'sorted'
  | { readonly only: readonly string[] }
  | { readonly except: readonly string[] }

/**
 * Parsers stop after some number of members (`querystring` and `qs`: 1000). In a longer query,
 * removing or sorting members would change which of them the handler reads.
 */
const MAX_MEMBERS = 100

/**
 * Returns a URL with the part of its query that belongs to the key. The text that stays is not
 * decoded, so that two URLs never become one. A URL whose query a handler may read differently
 * stays whole.
 *
 * @param url path and query
 */
export function selectQuery(url: string, query: QueryOption): string {
  if (query === 'exact') return url
  const mark = url.indexOf('?')
  // RFC 9112 §3.2: requests have no fragment. Node passes one on, and handlers ignore text after
  // `#`.
  if (mark < 0 || url.includes('#')) return url
  const members = url.slice(mark + 1).split('&')
  if (members.length > MAX_MEMBERS) return url
  const kept = selected(members, query)
  return kept.length === 0 ? url.slice(0, mark) : `${url.slice(0, mark)}?${kept.join('&')}`
}

/**
 * Returns the members of a URL's query that don't belong to the key.
 *
 * @param url path and query
 */
export function droppedQuery(url: string, query: QueryOption): readonly string[] {
  const kept = membersOf(selectQuery(url, query))
  return membersOf(url).filter((member) => {
    const at = kept.indexOf(member)
    if (at >= 0) kept.splice(at, 1)
    return at < 0
  })
}

function membersOf(url: string): string[] {
  const mark = url.indexOf('?')
  return mark < 0 ? [] : url.slice(mark + 1).split('&')
}

function selected(members: readonly string[], query: Exclude<QueryOption, 'exact'>): readonly string[] {
  if (query === 'sorted') return sorted(members)
  const isIn = (names: readonly string[]) => (reading: string) => isAmong(names, reading)
  if ('only' in query) return members.filter((member) => readingsOf(member).some(isIn(query.only)))
  return members.filter((member) => !readingsOf(member).every(isIn(query.except)))
}

function sorted(members: readonly string[]): readonly string[] {
  if (!members.every(canMove)) return members
  const named = members.map((member) => ({ member, name: withoutBrackets(readingsOf(member).at(-1) ?? '') }))
  // A stable sort: handlers see the order of members with one name.
  return named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ member }) => member)
}

/** `name`, `name[]`, `name[a][b]`. */
const bracketed = /^[^[\]]*(?:\[[^[\]]*\])*$/

/**
 * Refuses members that some parser reads under several names: parsers that also split at `;` find
 * more than one, and `qs` gives brackets other than `name[a]`, such as `][`, another member's name.
 */
function canMove(member: string): boolean {
  return !member.includes(';') && readingsOf(member).every((name) => bracketed.test(name))
}

/**
 * Returns the names under which handlers may find a member. Some parsers split at `;`. Where an
 * escape is invalid, `qs` leaves the whole name undecoded, `querystring` only that escape.
 * Otherwise `x;page=2` or `p%61ge%zz=2` would reach a handler as `page…` without being in the key.
 */
function readingsOf(member: string): readonly string[] {
  return [member, ...member.split(';')].flatMap((part) => {
    const raw = (part.split('=', 1)[0] ?? '').replace(/\+/g, ' ')
    const name = unescapeLeniently(raw)
    return name === raw || isEscaped(raw) ? [name] : [raw, name]
  })
}

function isEscaped(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Compares a name as it is, and without the brackets that `qs` removes: `page[]=2` is `page`. */
function isAmong(patterns: readonly string[], name: string): boolean {
  const bare = withoutBrackets(name)
  return patterns.some((pattern) =>
    pattern.endsWith('*')
      ? bare.startsWith(pattern.slice(0, -1)) || name.startsWith(pattern.slice(0, -1))
      : bare === pattern || name === pattern,
  )
}

function withoutBrackets(name: string): string {
  return /^\[\]|(?<=^\[?)[^[\]]+/.exec(name)?.[0] ?? name
}
