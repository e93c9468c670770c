import { digest } from '@sitecache/http'

/**
 * Segments of a mount point of which each may be a parameter; of the others none is taken for one.
 */
const MAX_MOUNT_SEGMENTS = 4

/** Longest tag, in characters; a longer route is hashed. */
const MAX_LENGTH = 200

/**
 * Returns the tag of the pages of a route, as Express matches it: letter case, a slash at its end
 * and the names of parameters make no difference.
 *
 * @param route as spelt in the application, the mount points of its routers in front
 */
export function routeTag(route: string): string {
  return tagOf(route.split('/').map(plainSegment).join('/'))
}

/**
 * Returns the tags of a page by the route that answered. Express tells the path at which a router
 * is mounted only as the client asked for it, so each of its segments may stand for a parameter.
 *
 * @param mount path of the routers on the way, as the client asked for it
 * @param path of the route in its router: as spelt, or a regular expression
 */
export function routeTagsOf(mount: string, path: string | RegExp): readonly string[] {
  if (mount === '' && typeof path === 'string') return knownTags(path)
  const own = typeof path === 'string' ? path.split('/').map(plainSegment).join('/') : String(path)
  return mountsOf(mount).map((each) => tagOf(`${each}${own}`))
}

/** Routes are few; an application that makes them up must not grow this. */
const MAX_KNOWN = 1000
const known = new Map<string, readonly string[]>()

function knownTags(path: string): readonly string[] {
  const there = known.get(path)
  if (there !== undefined) return there
  const tags = [routeTag(path)]
  if (known.size < MAX_KNOWN) known.set(path, tags)
  return tags
}

/** Returns all patterns that a mount point may have in the application. */
function mountsOf(mount: string): readonly string[] {
  let patterns: readonly string[] = ['']
  for (const [i, segment] of mount.split('/').filter(Boolean).entries()) {
    const plain = plainSegment(decoded(segment))
    const choices = i < MAX_MOUNT_SEGMENTS && plain !== '*' ? [plain, '*'] : [plain]
    patterns = patterns.flatMap((pattern) => choices.map((choice) => `${pattern}/${choice}`))
  }
  return patterns
}

/** A segment with a parameter, or part of one, is any. */
function plainSegment(segment: string): string {
  return /[:*]/.test(segment) ? '*' : segment.toLowerCase()
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function tagOf(pattern: string): string {
  const route = pattern.replace(/(?<=.)\/+$/, '')
  return `sitecache:route:${route.length > MAX_LENGTH ? digest(route) : route}`
}
