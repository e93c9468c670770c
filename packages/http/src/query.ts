/** Which part of a query string makes another page. Names may end in `*`. */
export type QueryOption =
  | 'exact'
  | 'sorted'
  | { readonly only: readonly string[] }
  | { readonly except: readonly string[] }

/**
 * A URL with that part of its query that counts. The text that stays is as it was sent: nothing is decoded that would make
 * two URLs one.
 */
export function selectQuery(url: string, query: QueryOption): string {
  if (query === 'exact') return url
  const mark = url.indexOf('?')
  if (mark < 0) return url
  const kept = selected(url.slice(mark + 1).split('&'), query)
  return kept.length === 0 ? url.slice(0, mark) : `${url.slice(0, mark)}?${kept.join('&')}`
}

function selected(members: readonly string[], query: Exclude<QueryOption, 'exact'>): readonly string[] {
  if (query === 'sorted') {
    const named = members.map((member) => ({ member, name: parameterName(member) }))
    // Stable: members of one name keep their order, which a handler can see.
    return named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ member }) => member)
  }
  if ('only' in query) return members.filter((member) => isAmong(query.only, parameterName(member)))
  return members.filter((member) => !isAmong(query.except, parameterName(member)))
}

/**
 * The name under which a handler will find a member: decoded, and without the brackets that parsers read as structure.
 * Otherwise `p%61ge=2` or `page[]=2` would reach the handler as `page`, and have no part in the key.
 */
function parameterName(member: string): string {
  const raw = member.split('=', 1)[0] ?? ''
  const name = decode(raw.replace(/\+/g, ' '))
  return name.split(/[[\]]/).find((part) => part !== '') ?? name
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function isAmong(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  )
}
