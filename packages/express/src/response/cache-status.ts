import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CacheStatus, formatCacheStatus, type Reason } from '@sitecache/http'
import { appendCacheStatus } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import type { PageLocation } from '../pages/page-location.js'
import { RequestSlot } from '../state/request-state.js'

/** Where the pages of a request are, or why it bypasses the cache. */
export type PassedAt = PageLocation | Reason

/** Layers that a request has passed on its way, the outermost first, with their names. */
interface PassedLayers {
  readonly names: Map<Layer, string>
  readonly places: Map<Layer, PassedAt>
  /** Members of layers that have let it pass, which stand behind those further in. */
  outer: string
}

const passed = new RequestSlot<PassedLayers>()

/**
 * Notes that a request goes on through a layer: layers further in then have names of their own in
 * Cache-Status.
 */
export function noteLayer(req: IncomingMessage, layer: Layer, at: PassedAt): PassedLayers {
  const known = passed.of(req) ?? { names: new Map(), places: new Map(), outer: '' }
  known.places.set(layer, at)
  if (!known.names.has(layer)) known.names.set(layer, nextName(known, layer))
  passed.set(req, known)
  return known
}

/** Whether a request has gone on through a layer further out. */
export function isInside(req: IncomingMessage): boolean {
  return passed.of(req) !== undefined
}

/** Returns the layers that a request has passed, the outermost first. */
export function passedLayers(req: IncomingMessage): ReadonlyMap<Layer, PassedAt> {
  return passed.of(req)?.places ?? new Map()
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
  return known === undefined ? 'sitecache' : (known.names.get(layer) ?? nextName(known, layer))
}

function nextName({ names }: PassedLayers, layer: Layer): string {
  if (names.size === 0) return 'sitecache'
  const alias = layer.keys().cache.alias
  const isOwn = [...names.keys()].every((other) => other.keys().cache.alias !== alias)
  const name = `sitecache/${isOwn ? alias.replace(/[^\w.-]/g, '-') : layer.kind}`
  const taken = new Set(names.values())
  if (!taken.has(name)) return name
  let number = 2
  while (taken.has(`${name}-${number}`)) number += 1
  return `${name}-${number}`
}

/** Adds a member to Cache-Status, in front of those of layers further out (RFC 9211 §2). */
export function tellMember(req: IncomingMessage, res: ServerResponse, member: string): void {
  const outer = passed.of(req)?.outer ?? ''
  const said = outer === '' ? '' : String(res.getHeader('cache-status') ?? '')
  if (outer !== '' && said.endsWith(outer))
    res.setHeader('Cache-Status', `${said.slice(0, -outer.length)}${member}, ${outer}`)
  else appendCacheStatus(res, member)
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
