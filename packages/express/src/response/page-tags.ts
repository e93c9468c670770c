import type { IncomingMessage, ServerResponse } from 'node:http'
import { types } from 'node:util'
import { tagsOf } from '@sitecache/core/internal'
import type { HeaderMap } from '@sitecache/http'
import type { Layer } from '../options/layer.js'
import { groupsOf } from '../pages/cache-groups.js'
import type { PageLocation } from '../pages/page-location.js'
import { routeTagsOf } from '../pages/route-tag.js'
import { peekState } from '../state/request-state.js'

const none: readonly string[] = []

/**
 * Everything that a page can be invalidated with: what the application said, its route, and its
 * groups.
 */
export function tagsOfPage(
  { rules }: Layer,
  { origin }: PageLocation,
  req: IncomingMessage,
  res: ServerResponse,
  headers: HeaderMap,
): readonly string[] {
  const own = ownTags(rules.tags, req, res)
  const routes = routesOf(req)
  if (headers['cache-groups'] === undefined && own.length === 0) return routes
  return [...new Set([...own, ...groupsOf(headers, origin), ...routes])]
}

/** Those that the application gave, by the option `tags`, `cacheTags()` and `addCacheTags()`. */
export function ownTags(
  tags: Layer['rules']['tags'],
  req: IncomingMessage,
  res: ServerResponse,
): readonly string[] {
  const added = peekState(req)?.tags
  if (tags === undefined) return added === undefined ? none : [...added]
  return [...(added ?? none), ...tagsOf(tags(req, res), 'tags')]
}

/** Express shows the route that answers, and what its routers are mounted on. */
function routesOf(req: IncomingMessage): readonly string[] {
  const { route, baseUrl = '' } = req as { route?: { path?: unknown }; baseUrl?: string }
  if (route?.path === undefined) return none
  if (typeof route.path === 'string') return routeTagsOf(baseUrl, route.path)
  const paths: readonly unknown[] = [route.path].flat()
  const isPath = (path: unknown): path is string | RegExp => typeof path === 'string' || types.isRegExp(path)
  return paths.filter(isPath).flatMap((path) => routeTagsOf(baseUrl, path))
}

/** Bytes: clients refuse heads of more than 16 KiB, Node's `fetch` among them. */
const MAX_TAG_HEADER = 8 * 1024
/** Bytes that stand between two tags and around them at the most. */
const SEPARATOR = 4

/** Returns the first tags, as many as a head has room for. */
function withinBounds(tags: readonly string[]): readonly string[] {
  let bytes = 0
  const beyond = tags.findIndex((tag) => {
    bytes += tag.length + SEPARATOR
    return bytes > MAX_TAG_HEADER
  })
  return beyond < 0 ? tags : tags.slice(0, beyond)
}

/**
 * Returns tags as CDNs read them: Cache-Tag by commas, Surrogate-Key by spaces, Cache-Groups
 * (RFC 9875) as strings.
 *
 * @returns undefined: there is nothing to say
 */
export function tagHeaderValue(header: string, tags: readonly string[]): string | undefined {
  // Of what can't stand in such a list, or in a header at all, the client is not told.
  const plain = withinBounds(tags.filter((tag) => /^[\x21-\x7e]+$/.test(tag) && !/[,"\\]/.test(tag)))
  if (plain.length === 0) return undefined
  if (/^surrogate-key$/i.test(header)) return plain.join(' ')
  return /^cache-groups$/i.test(header) ? plain.map((tag) => `"${tag}"`).join(', ') : plain.join(',')
}
