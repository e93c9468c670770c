import { EventEmitter } from 'node:events'
import { defaultIgnore } from '@sitecache/http'
import { sampleExchange } from '../node/sample-exchange.js'

/** Properties that Node gives each request, whatever its version. */
const nodeKeys: readonly PropertyKey[] = Reflect.ownKeys(sampleExchange().req)

const notTheApplications: ReadonlySet<PropertyKey> = new Set<PropertyKey>([
  ...nodeKeys,
  ...['_consuming', '_dumped', '_eventsCount', '_paused', '_read', 'complete', 'httpVersion', 'signal'],
  ...['headers', 'headersDistinct', 'rawHeaders', 'read', 'pipe', 'on', 'emit', 'resume', 'pause'],
  // Tracers wrap these on each request, to keep their context in its listeners.
  ...Reflect.ownKeys(EventEmitter.prototype),
  ...['__ot_middlewares', 'destroy', 'setEncoding', 'unpipe'],
  // Express, its router, Connect: in the key, or the same for all.
  ...['app', 'baseUrl', 'method', 'next', 'originalMethod', 'originalUrl', 'params', 'query', 'res'],
  ...['route', 'url', '_parsedUrl', '_parsedOriginalUrl', '__onFinished'],
  // Ignored by default, and so by each layer.
  ...defaultIgnore.filter((name) => /^req:[^*]+$/.test(name)).map((name) => name.slice('req:'.length)),
])

/** Symbols of Node's requests, those of HTTP/2 among them. */
const nodeSymbols: ReadonlySet<string> = new Set([
  ...nodeKeys.filter((key) => typeof key === 'symbol').map(String),
  ...['aborted', 'headers', 'rawHeaders', 'rawTrailers', 'state', 'stream', 'trailers'].map(
    (name) => `Symbol(${name})`,
  ),
])

/**
 * Symbols of sitecache, of Express' router, which notes the route that it matched, and those under
 * which OpenTelemetry and Elastic APM keep a request's listeners.
 */
const ownSymbols = /^Symbol\((?:sitecache\.|router\.|OtListeners\)|ElasticListeners\))/

/** Is this property of a request one that Node, Express and sitecache put there themselves? */
export function isBuiltIn(key: PropertyKey): boolean {
  if (notTheApplications.has(key)) return true
  if (typeof key !== 'symbol') return false
  const text = String(key)
  return nodeSymbols.has(text) || ownSymbols.test(text)
}

/** Properties that middlewares put on a request, symbols too. */
export function applicationKeys(req: object): readonly PropertyKey[] {
  const all = Reflect.ownKeys(req)
  // Nearly all requests of an application have the same properties in the same order.
  if (!isSameList(all, last.all)) last = { all, found: all.filter((key) => !isBuiltIn(key)) }
  const { found } = last
  for (const key of found) if (isHidden(req, key) && hidden.size < MAX_HIDDEN) hidden.add(key)
  return found
}

let last: { readonly all: readonly PropertyKey[]; readonly found: readonly PropertyKey[] } = {
  all: [],
  found: [],
}

/** Returns whether two lists have the same members in the same order. */
export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const MAX_HIDDEN = 100
const hidden = new Set<PropertyKey>()

/**
 * Properties that some request of this process had, and that `Object.keys` doesn't list: symbols,
 * and what `Object.defineProperty` makes. To list those of each request takes 3 µs.
 */
export const hiddenKeys: ReadonlySet<PropertyKey> = hidden

function isHidden(req: object, key: PropertyKey): boolean {
  return typeof key === 'symbol' || !Object.prototype.propertyIsEnumerable.call(req, key)
}

/** Name of such a property, as inputs are named. */
export function keyText(key: PropertyKey): string {
  return String(key)
}

/** The property of a request that has this name. */
export function keyNamed(req: object, name: string): PropertyKey {
  if (!name.startsWith('Symbol(') || Object.hasOwn(req, name)) return name
  return Object.getOwnPropertySymbols(req).find((key) => String(key) === name) ?? name
}
