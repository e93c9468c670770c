import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CacheStatus, formatCacheStatus, type Reason } from '@sitecache/http'
import { methodOf } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import type { PageLocation } from '../pages/page-location.js'
import { RequestSlot } from '../state/request-state.js'

/** Where the pages of a request are, or why it bypasses the cache. */
export type PassedAt = PageLocation | Reason

/** A layer that a request has passed. */
interface PassedLayer {
  /** Name in Cache-Status. */
  readonly name: string
  at: PassedAt
}

/** Layers that a request has passed on its way. */
interface PassedLayers {
  /** The outermost first. */
  readonly layers: Map<Layer, PassedLayer>
  /** Members of layers that have let it pass, which stand behind those further in. */
  outer: string
}

const passed = new RequestSlot<PassedLayers>()

/**
 * Notes that a request goes on through a layer: layers further in then have names of their own in
 * Cache-Status.
 */
export function noteLayer(req: IncomingMessage, layer: Layer, at: PassedAt): PassedLayers {
  const known = passed.of(req) ?? { layers: new Map(), outer: '' }
  const again = known.layers.get(layer)
  if (again !== undefined) again.at = at
  else known.layers.set(layer, { name: nextName(known, layer), at })
  passed.set(req, known)
  return known
}

/** Whether a request has gone on through a layer further out. */
export function isInside(req: IncomingMessage): boolean {
  return passed.of(req) !== undefined
}

/** Returns the layers that a request has passed, the outermost first. */
export function passedLayers(req: IncomingMessage): ReadonlyMap<Layer, PassedAt> {
  const layers = passed.of(req)?.layers ?? []
  return new Map(Array.from(layers, ([layer, { at }]) => [layer, at]))
}

/**
 * Returns a layer's member of Cache-Status (RFC 9211). The outermost layer is `sitecache`; one
 * further in is `sitecache/` and the alias of its cache, or its kind where the alias is the same.
 */
export function memberOf(req: IncomingMessage, layer: Layer, status: CacheStatus): string {
  return formatCacheStatus(status, nameOfLayer(req, layer))
}

/** Seconds below which the texts of hits are kept: each second of a page would make one again. */
const MAX_TTL = 4096
const hits = new Map<number, string>()

/** As `memberOf`, for a fresh page. @param ttl seconds for which it stays fresh */
export function memberOfHit(req: IncomingMessage, layer: Layer, ttl: number): string {
  const name = nameOfLayer(req, layer)
  if (name !== 'sitecache' || !(ttl >= 0 && ttl < MAX_TTL)) return formatCacheStatus({ hit: true, ttl }, name)
  const known = hits.get(ttl)
  if (known !== undefined) return known
  const text = formatCacheStatus({ hit: true, ttl }, name)
  hits.set(ttl, text)
  return text
}

/** Returns the name of a layer in Cache-Status. */
export function nameOfLayer(req: IncomingMessage, layer: Layer): string {
  const known = passed.of(req)
  return known === undefined ? 'sitecache' : (known.layers.get(layer)?.name ?? nextName(known, layer))
}

function nextName({ layers }: PassedLayers, layer: Layer): string {
  if (layers.size === 0) return 'sitecache'
  const alias = layer.keys().cache.alias
  const isOwn = [...layers.keys()].every((other) => other.keys().cache.alias !== alias)
  const name = `sitecache/${isOwn ? alias.replace(/[^\w.-]/g, '-') : layer.kind}`
  const taken = new Set(Array.from(layers.values(), (other) => other.name))
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name}-${number}`)) number += 1
  return `${name}-${number}`
}

/** Adds a member to Cache-Status, in front of those of layers further out (RFC 9211 §2). */
export function tellMember(req: IncomingMessage, res: ServerResponse, member: string): void {
  const said = methodOf(res, 'getHeader').call(res, 'cache-status')
  methodOf(res, 'setHeader').call(
    res,
    'Cache-Status',
    said === undefined ? member : added(req, String(said), member),
  )
}

function added(req: IncomingMessage, said: string, member: string): string {
  const outer = passed.of(req)?.outer ?? ''
  const isLast = outer !== '' && said.endsWith(outer)
  return isLast ? `${said.slice(0, -outer.length)}${member}, ${outer}` : `${said}, ${member}`
}

/** Adds the member of a layer that lets a request pass, before those further in have answered. */
export function tellPassing(
  req: IncomingMessage,
  res: ServerResponse,
  layer: Layer,
  status: CacheStatus,
  reason: Reason,
): void {
  const known = noteLayer(req, layer, reason)
  const member = memberOf(req, layer, status)
  tellMember(req, res, member)
  known.outer = known.outer === '' ? member : `${member}, ${known.outer}`
}
