import type { IncomingMessage } from 'node:http'
import { warn } from '@sitecache/core/internal'
import { parseInput } from '@sitecache/http'
import { isCounted } from '../state/uncounted.js'
import { type Caller, callers, isNodeFile, isOwnFile, packageOf } from './callers.js'

/** Input that is no name in a vary record: the client's address or certificate. */
export const ADDRESS_INPUT = ':address'

/** Warns of something, under a code. */
export type EmitWarning = (code: 'SITECACHE_INPUT', message: string) => void

/** Frames between a read and the application's code: sitecache's, a framework's, and Node's. */
const FRAMES = 30
const MAX_WARNINGS = 1000
/** Packages through which an application reads. */
const helpers: ReadonlySet<string> = new Set(['express', 'accepts', 'negotiator'])
/**
 * Code that calls middlewares: what stands above it has not read. Express's application is none: it
 * also calls template engines, for the handler above.
 */
const routers = /^(?:router\/|connect\/|express\/lib\/router)/
/** Warnings of one input by requests that no route has taken: each path of a site may be one. */
const MAX_PATHS = 10

/**
 * Tells a developer what pages depend on: once for each route and input, with the place where it
 * was read and what would make pages depend on less. Never a value.
 */
export class InputWarnings {
  readonly #emit: EmitWarning
  readonly #isOwn: (file: string) => boolean
  readonly #told = new Set<string>()
  /** Paths without a route that were told of, by input. */
  readonly #paths = new Map<string, number>()

  /** @param isOwn which files are sitecache's own: those of the accessors that note a read */
  constructor(emit: EmitWarning, isOwn: (file: string) => boolean = isOwnFile) {
    this.#emit = emit
    this.#isOwn = isOwn
  }

  /** An input was learned: to be called where it is read, so that the stack shows by which code. */
  learned(req: IncomingMessage, name: string): void {
    const route = routeOf(req)
    const key = `${route}\n${name}`
    // Beyond this an application has learned what it can of its routes.
    if (this.#told.has(key) || this.#told.size >= MAX_WARNINGS) return
    this.#told.add(key)
    if (patternOf(req) === undefined && !this.#countPath(name)) return
    const place = placeOfRead(this.#isOwn)
    if (place !== undefined) rememberPlace(name, `${place} (${route})`)
    this.#emit('SITECACHE_INPUT', messageOf(route, name, place))
  }

  #countPath(name: string): boolean {
    const count = (this.#paths.get(name) ?? 0) + 1
    this.#paths.set(name, count)
    return count <= MAX_PATHS
  }
}

/** Places of reads that are remembered of each input. */
const MAX_PLACES = 5
const places = new Map<string, string[]>()

/** Bounded by the warnings. */
function rememberPlace(name: string, place: string): void {
  const known = places.get(name) ?? []
  places.set(name, known)
  if (known.length < MAX_PLACES) known.push(place)
}

/** Returns the places of code that were seen to read an input, in development. */
export function placesOfReads(name: string): readonly string[] {
  return places.get(name) ?? []
}

let warnings: InputWarnings | null | undefined

/**
 * Warns in development; in production and in tests it costs a comparison.
 *
 * @param isNews tells whether the developer can learn something by it
 */
export function warnOfInput(req: IncomingMessage, name: string, isNews?: (name: string) => boolean): void {
  if (warnings === undefined) warnings = isDevelopment(process.env) ? new InputWarnings(warn) : null
  if (warnings === null || isNews?.(name) === false || !isCounted(req)) return
  warnings.learned(req, name)
}

/** Is the process one that a developer looks at? */
export function isDevelopment(environment: NodeJS.ProcessEnv): boolean {
  const { NODE_ENV, SITECACHE_DEBUG = '' } = environment
  if (SITECACHE_DEBUG !== '' && SITECACHE_DEBUG !== '0') return true
  return NODE_ENV !== 'production' && NODE_ENV !== 'test'
}

function messageOf(route: string, name: string, place: string | undefined): string {
  const where = place === undefined ? '' : `, read at ${place}`
  if (name === ADDRESS_INPUT)
    return `${route}: pages are not kept, since they depend on the client's address or certificate${where}. ${remedyOf(name)}`
  return `${route}: pages depend on ${inputInWords(name)}${where}. ${remedyOf(name)}`
}

/**
 * Pattern of the route that took the request; else the beginning of its path, without what may be
 * an id or a token.
 */
function routeOf(req: IncomingMessage): string {
  const pattern = patternOf(req)
  const base: unknown = Reflect.get(req, 'baseUrl')
  if (pattern !== undefined) return `${req.method} ${typeof base === 'string' ? base : ''}${String(pattern)}`
  const url: unknown = Reflect.get(req, 'originalUrl') ?? req.url
  const [path = ''] = String(url).split('?')
  const segments = path.split('/').slice(1)
  const shown = segments.slice(0, 2).map((segment) => (/\d|^.{25}/.test(segment) ? ':id' : segment))
  return `${req.method} /${shown.join('/')}${segments.length > 2 ? '/…' : ''}`
}

function patternOf(req: IncomingMessage): unknown {
  const route: unknown = Reflect.get(req, 'route')
  return typeof route === 'object' && route !== null ? Reflect.get(route, 'path') : undefined
}

/** File and line of the application's code that reads; else of the package that does. */
function placeOfRead(isOwn: (file: string) => boolean): string | undefined {
  let inPackage: Caller | undefined
  for (const caller of callers(FRAMES)) {
    if (isOwn(caller.file) || isNodeFile(caller.file)) continue
    const owner = packageOf(caller.file)
    if (owner === undefined) return textOfPlace(caller)
    if (routers.test(`${owner.name}/${owner.path}`)) break
    if (!helpers.has(owner.name)) inPackage ??= caller
  }
  return inPackage && textOfPlace(inPackage)
}

function textOfPlace(caller: Caller): string {
  const { file, line } = caller.source()
  return `${file}:${line}`
}

/** Returns an input in words, such as `the header accept-language`. */
export function inputInWords(name: string): string {
  const input = parseInput(name)
  switch (input?.kind) {
    case 'header':
      return `the header ${input.name}`
    case 'headers':
      return 'all headers, which were read at once'
    case 'cookie':
      return `the cookie ${input.name}`
    case 'cookies':
      return 'the Cookie header'
    case 'session':
      return 'the session'
    case 'visitor':
      return 'the signed-in visitor'
    case 'req':
      return `req.${input.name}`
    case 'res':
      return `res.${input.name}`
    case 'locals':
      return `res.locals.${input.name}`
    case 'all-locals':
      return 'all of res.locals'
    default:
      return name
  }
}

function remedyOf(name: string): string {
  switch (parseInput(name)?.kind) {
    case 'header':
      return `To keep fewer pages: reduce its values by buckets: { '${name}': […] }, or leave it out by ignore: ['${name}'] if no page shows it.`
    case 'headers':
      return 'To share pages: read the headers that are needed by name.'
    case 'cookie':
      return `To share pages: show what it says in a hole, or leave it out by ignore: ['${name}'] if no page shows it.`
    case 'cookies':
      return 'To share pages: read cookies by name (cookie-parser), look up below the session (updateCache() … fetchFromCache()), or show what they say in a hole.'
    case 'session':
    case 'visitor':
      return "To share pages: show what is one visitor's in a hole."
    case 'req':
    case 'res':
    case 'locals':
      return `To share pages: show it in a hole, or leave it out by ignore: ['${name}'] if no page shows it.`
    case 'all-locals':
      return 'To share pages: read locals by name, and include templates by a constant name.'
    default:
      return 'To keep pages: read it in a middleware above the cache, or in a hole.'
  }
}
