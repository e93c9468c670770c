import { type HeaderMap, parseStringList } from '@sitecache/http'
import type { Origin } from '../node/request-target.js'

/**
 * RFC 9875: groups of responses of one origin, which a response to an unsafe request can make out
 * of date together. They are tags of that origin.
 */

/** RFC 9875 §2: the groups that a response belongs to, as tags. */
export function groupsOf(headers: HeaderMap, origin: Origin): readonly string[] {
  return tagsIn(headers['cache-groups'], origin)
}

/** RFC 9875 §3: the groups that a response to an unsafe request makes out of date, as tags. */
export function invalidatedGroups(headers: HeaderMap, origin: Origin): readonly string[] {
  return tagsIn(headers['cache-group-invalidation'], origin)
}

/** RFC 9875 §2.1 asks for 32 of 32 characters at the least; a list beyond ours is cut. */
const [MAX_GROUPS, MAX_LENGTH] = [128, 128]

function tagsIn(value: HeaderMap[string], { scheme, host }: Origin): readonly string[] {
  if (value === undefined) return []
  const names = parseStringList(typeof value === 'object' ? value.join(', ') : String(value))
  return names
    .filter((name) => name.length <= MAX_LENGTH)
    .slice(0, MAX_GROUPS)
    .map((name) => `sitecache:group:${scheme}://${host} ${name}`)
}
