import type { IncomingMessage } from 'node:http'
import { types } from 'node:util'

/** Depth of routers in routers that is looked at. */
const MAX_DEPTH = 10
/** Characters of a pattern. */
const MAX_LENGTH = 200
/** Mount points that are remembered of each route. */
const MAX_MOUNTS = 50

/** How a router was matched by a path. */
interface RouterMatch {
  params?: Readonly<Record<string, unknown>> | undefined
  path?: string | undefined
  /** Pattern as the application has written it. */
  readonly pattern?: unknown
}

/** A step in the stack of an Express router, as far as it is looked at. */
interface RouterLayer extends RouterMatch {
  readonly route?: unknown
  readonly handle?: { readonly stack?: readonly RouterLayer[] }
  /** As the application has written it, in newer routers. */
  readonly rawPath?: unknown
  /** That was made of it, in Express 4. */
  readonly regexp?: unknown
  match?(path: string): unknown
}

/** An Express application, as far as it is looked at. */
interface Application {
  readonly parent?: Application
  readonly mountpath?: unknown
}

interface RoutedRequest extends IncomingMessage {
  readonly route?: { readonly path?: unknown }
  readonly baseUrl?: string
  readonly app?: Application
}

/** Patterns of mount points by route, and by the mount point as a client asked for it. */
const mounts = new WeakMap<object, Map<string, string>>()

/**
 * Returns the pattern of the Express route that answers a request, such as `/articles/:id`, with
 * the mount points of its routers in front. Nothing of it is the client's: where Express does not
 * tell the pattern of a mount point, a `*` stands for each of its segments.
 *
 * @returns undefined where no route has matched
 */
export function routePattern(req: IncomingMessage): string | undefined {
  const { route, baseUrl = '', app } = req as RoutedRequest
  if (route?.path === undefined) return undefined
  const own = textOfRoute(route, route.path)
  if (baseUrl === '') return own
  const mount = mountPattern(route, baseUrl, app)
  return own === '/' ? mount : `${mount}${own}`.slice(0, MAX_LENGTH)
}

/** Patterns of routes, which are read at each miss. */
const texts = new WeakMap<object, { readonly path: unknown; readonly text: string }>()

function textOfRoute(route: object, path: unknown): string {
  const known = texts.get(route)
  if (known !== undefined && known.path === path) return known.text
  const text = patternText(path)
  texts.set(route, { path, text })
  return text
}

/** A regular expression is its own text; of several patterns the first stands for all. */
function patternText(path: unknown): string {
  const [first] = [path].flat(Number.POSITIVE_INFINITY)
  return String(first)
    .replace(/[^\x21-\x7e]/g, '?')
    .slice(0, MAX_LENGTH)
}

function mountPattern(route: object, baseUrl: string, app: Application | undefined): string {
  const known = mounts.get(route) ?? new Map<string, string>()
  const remembered = known.get(baseUrl)
  if (remembered !== undefined) return remembered
  const pattern = findMount(route, baseUrl, app)
  if (known.size >= MAX_MOUNTS) known.clear()
  mounts.set(route, known.set(baseUrl, pattern))
  return pattern
}

function findMount(route: object, baseUrl: string, app: Application | undefined): string {
  try {
    const outer = mountsOfApplication(app)
    const rest = withoutSegments(baseUrl, outer.join('').split('/').length - 1)
    const inner = trailTo(route, stackOf(app), rest, 0)
    if (inner !== undefined) return bounded([...outer, ...inner].join(''))
  } catch {
    // A router of another make: nothing is known of it.
  }
  return bounded(baseUrl.replace(/[^/]+/g, '*'))
}

/** Clients choose how many segments a regular expression, or a wildcard, takes. */
function bounded(pattern: string): string {
  return pattern.replace(/(?:\/\*){4,}/g, '/**').slice(0, MAX_LENGTH)
}

/** Patterns at which an application is mounted in others, from the outermost on. */
function mountsOfApplication(app: Application | undefined): readonly string[] {
  if (app?.parent === undefined) return []
  return [...mountsOfApplication(app.parent), withoutSlash(patternText(app.mountpath))]
}

function withoutSegments(path: string, count: number): string {
  const segments = path.split('/').slice(1 + count)
  return segments.map((segment) => `/${segment}`).join('')
}

/** Express 4 keeps its router at `_router`, and throws where `router` is read. */
function stackOf(app: Application | undefined): readonly RouterLayer[] {
  const router: unknown = Reflect.get(Object(app), '_router') ?? Reflect.get(Object(app), 'router')
  return (Reflect.get(Object(router), 'stack') ?? []) as readonly RouterLayer[]
}

/**
 * Returns the patterns of the routers on the way to a route.
 *
 * @param path the rest of the mount point, as the client asked for it
 */
function trailTo(
  route: object,
  stack: readonly RouterLayer[],
  path: string,
  depth: number,
): readonly string[] | undefined {
  for (const layer of stack) {
    if (layer.route === route) return []
    const inner = layer.handle?.stack
    if (inner === undefined || depth >= MAX_DEPTH) continue
    const mount = mountOf(layer, path)
    const rest = mount && trailTo(route, inner, path.slice(mount.path.length), depth + 1)
    if (mount !== undefined && rest !== undefined) return [mount.pattern, ...rest]
  }
  return undefined
}

/** Part of a path that a router was matched by, with its pattern. */
interface Mount {
  readonly path: string
  readonly pattern: string
}

/** Matches a router against a path, and leaves it as a request under way has left it. */
function mountOf(layer: RouterLayer, path: string): Mount | undefined {
  const { params, path: matched } = layer
  try {
    const match = layer.match?.(path === '' ? '/' : path)
    // Newer routers return the match, older ones leave it on the layer.
    if (typeof match === 'object' && match !== null) return mountBy(layer, match)
    return match === true ? mountBy(layer, layer) : undefined
  } finally {
    if (layer.params !== params) layer.params = params
    if (layer.path !== matched) layer.path = matched
  }
}

function mountBy(layer: RouterLayer, match: RouterMatch): Mount {
  const path = withoutSlash(match.path ?? '')
  const written = match.pattern ?? layer.rawPath
  return {
    path,
    pattern: typeof written === 'string' ? withoutSlash(written) : patternOf(layer, path, match.params ?? {}),
  }
}

/**
 * Puts the names of parameters in the place of their values; what holds a value, or is matched by a
 * part of a regular expression, is `*`.
 */
function patternOf(layer: RouterLayer, path: string, params: Readonly<Record<string, unknown>>): string {
  const names = new Map(Object.entries(params).map(([name, value]) => [String(value), name]))
  const written = writtenTexts(layer)
  return path.replace(/[^/]+/g, (segment) => {
    const plain = decoded(segment)
    const name = names.get(plain)
    if (name !== undefined) return `:${name}`
    if ([...names.keys()].some((value) => plain.includes(value))) return '*'
    const text = plain.toLowerCase()
    return written.some((it) => it.includes(`/${text}`)) ? patternText(text) : '*'
  })
}

/** Texts of the application that a layer is matched by, without what escapes their characters. */
function writtenTexts({ rawPath, regexp }: RouterLayer): readonly string[] {
  return [rawPath ?? regexp ?? []]
    .flat(Number.POSITIVE_INFINITY)
    .map((it) => (types.isRegExp(it) ? it.source.replace(/\\(\W)/g, '$1') : String(it)).toLowerCase())
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function withoutSlash(path: string): string {
  return path === '/' ? '' : path.replace(/\/$/, '')
}
