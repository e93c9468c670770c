import { unescape as unescapeLeniently } from 'node:querystring'

/** Which part of a query string makes another page. Names may end in `*`. */
export type QueryOption =
  | 'exact'
  | 'sorted'
  | { readonly only: readonly string[] }
  | { readonly except: readonly string[] }

/**
 * Parsers read no more than so many members (`querystring` and `qs` 1000, as they come): with others taken away or in
 * another order, a handler would have read another part of them than the key shows.
 */
const MAX_MEMBERS = 100

/**
 * A URL with that part of its query that counts. The text that stays is as it was sent: nothing is decoded that would make
 * two URLs one. A URL of which a handler might read another query than we do counts whole.
 */
export function selectQuery(url: string, query: QueryOption): string {
  if (query === 'exact') return url
  const mark = url.indexOf('?')
  // No request has a fragment (RFC 9112 §3.2); Node passes one on, and handlers read nothing behind its `#`.
  if (mark < 0 || url.includes('#')) return url
  const members = url.slice(mark + 1).split('&')
  if (members.length > MAX_MEMBERS) return url
  const kept = selected(members, query)
  return kept.length === 0 ? url.slice(0, mark) : `${url.slice(0, mark)}?${kept.join('&')}`
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
  // Stable: members of one name keep their order, which a handler can see.
  return named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ member }) => member)
}

/** `name`, `name[]`, `name[a][b]`. */
const bracketed = /^[^[\]]*(?:\[[^[\]]*\])*$/

/**
 * To a parser that parts at `;` too, a member may be several, whose order would change; and what `qs` makes of other brackets than
 * `name[a]`, such as `][`, may have the name of another member.
 */
function canMove(member: string): boolean {
  return !member.includes(';') && readingsOf(member).every((name) => bracketed.test(name))
}

/**
 * The names under which handlers may find a member. Parsers part at `;` or don't, and of an escape that is none `qs` leaves
 * the whole name as it is, `querystring` only that escape: otherwise `x;page=2` or `p%61ge%zz=2` would reach a handler as
 * `page…`, and have no part in the key.
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

/** As it is, or without the brackets that `qs` reads as structure: `page[]=2` is then `page`. */
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
