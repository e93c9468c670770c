import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Cache } from '@sitecache/core'
import { field } from '../node/types.js'
import { knownLayers, type Layer } from '../options/layer.js'
import { locate } from '../request/locate.js'
import { type PassedAt, passedLayers } from '../response/cache-status.js'
import { explainBypass, explainLookUp, look, type RequestAtLayer } from './explain-layer.js'
import type { Explanation, LayerExplanation } from './explanation.js'
import { targetIn } from './layer-visit.js'

/**
 * Explains a request that is being answered: by the layers that it has passed; before it has come
 * to any, by those of the site.
 *
 * @param cache whose layers; undefined: all
 */
export async function explainRequest(req: IncomingMessage, cache: Cache | undefined): Promise<Explanation> {
  const passed = passedLayers(req)
  const layers = passed.size > 0 ? passed : layersBefore(req)
  const own = [...layers].filter(([layer]) => cache === undefined || layer.keys().cache === cache)
  const explained = await Promise.all(own.map(([layer, at]) => explainAt(layer, at, req)))
  return {
    url: targetIn(req),
    method: field(req, 'method') ?? 'GET',
    at: Date.now(),
    askedBy: 'request',
    layers: explained,
    notes: passed.size > 0 ? [] : ['The request has passed no layer of cache yet.'],
  }
}

function layersBefore(req: IncomingMessage): ReadonlyMap<Layer, PassedAt> {
  const own: unknown = Reflect.get(req, 'res')
  const res = own instanceof ServerResponse ? own : new ServerResponse(req)
  const found = new Map<Layer, PassedAt>()
  for (const layer of knownLayers()) {
    if (layer.kind === 'page') continue
    const at = locate(layer, req, res)
    found.set(layer, at === 'by-body' ? 'method' : at)
  }
  return found
}

async function explainAt(layer: Layer, at: PassedAt, req: IncomingMessage): Promise<LayerExplanation> {
  const now = Date.now()
  const headers = typeof at === 'string' ? req.headers : at.source.headers
  const method = field(req, 'method') ?? 'GET'
  const request: RequestAtLayer = { layer, method, headers, target: targetIn(req), isComplete: true }
  if (typeof at === 'string') return explainBypass(request, at)
  return explainLookUp(request, await look(request, at, now), undefined, now)
}
