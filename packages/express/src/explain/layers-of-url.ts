import type { Cache } from '@sitecache/core'
import { digest, type InputSource, pageKeyText, SESSION_INPUT, type VaryRecord } from '@sitecache/http'
import { seenShapes } from '../inputs/present-names.js'
import { EMPTY_SESSION } from '../inputs/session-state.js'
import { extraKeyOf } from '../options/key-parts.js'
import { knownLayers, type Layer } from '../options/layer.js'
import type { PageLocation } from '../pages/page-location.js'
import { locate, locateByBody } from '../request/locate.js'
import type { AskedRequest } from './ask-application.js'
import { explainBypass, explainLookUp, type Looked, look, type RequestAtLayer } from './explain-layer.js'
import type { LayerExplanation } from './explanation.js'
import { type ImaginedExchange, imaginedExchange } from './imagined-request.js'

/** Order in which a request passes kinds of layers. */
const order = ['server', 'site', 'page'] as const

/** Returns the layers of this process, or of one cache, the outermost first. */
function layersOf(cache: Cache | undefined): readonly Layer[] {
  const known = knownLayers().filter((layer) => cache === undefined || layer.keys().cache === cache)
  return order.flatMap((kind) => known.filter((layer) => layer.kind === kind))
}

/**
 * Explains a URL by the layers of this process: those of a site, and of the routes those that have
 * made a page of it.
 *
 * @param cache whose layers; undefined: all
 */
export async function explainByUrl(
  asked: AskedRequest,
  cache: Cache | undefined,
): Promise<readonly LayerExplanation[]> {
  const explained = await Promise.all(layersOf(cache).map((layer) => explainAt(layer, asked)))
  return explained.filter((one) => one !== undefined)
}

async function explainAt(layer: Layer, asked: AskedRequest): Promise<LayerExplanation | undefined> {
  const exchange = imaginedExchange(asked)
  const { req, res } = exchange
  const request = requestFor(layer, asked)
  const found = locate(layer, req, res)
  const at = found === 'by-body' ? await locateByBody(layer, req, res) : found
  if (at === undefined) return undefined
  if (typeof at === 'string') return layer.kind === 'page' ? undefined : explainBypass(request, at)
  const now = Date.now()
  const looked = await lookInEachWay(request, exchange, at, asked, now)
  const isKnown = looked.peeked?.page !== undefined || layer.lastRenders.get(looked.location.recordKey)
  return layer.kind === 'page' && !isKnown ? undefined : explainLookUp(request, looked, undefined, now)
}

function requestFor(layer: Layer, { url, method, headers }: AskedRequest): RequestAtLayer {
  const target = url.pathname + url.search
  return { layer, method, headers: { host: url.host, ...headers }, target, isComplete: false }
}

/**
 * Looks up as a visitor of whom nothing is known, with what middlewares put on requests as far as
 * this process has seen it. Behind a proxy that is not trusted, the pages of `https` URLs are
 * stored as those of `http`.
 */
async function lookInEachWay(
  request: RequestAtLayer,
  exchange: ImaginedExchange,
  location: PageLocation,
  asked: AskedRequest,
  now: number,
): Promise<Looked> {
  const looked = await look(request, location, now)
  const record = looked.peeked?.record
  if (record !== undefined) return lookAsSeen(request, exchange, looked, record, now)
  if (location.origin.scheme !== 'https') return looked
  const { layer } = request
  const url = new URL(asked.url)
  url.protocol = 'http:'
  const plain = imaginedExchange({ ...asked, url, headers: { ...asked.headers, host: asked.url.host } })
  const other = locate(layer, plain.req, plain.res)
  if (typeof other === 'string') return looked
  const found = await look(request, other, now)
  if (found.peeked?.record === undefined) return looked
  return lookAsSeen(request, plain, found, found.peeked.record, now)
}

/** Looks up under the key of a page that is there, where one of the known shapes leads to it. */
async function lookAsSeen(
  request: RequestAtLayer,
  { req }: ImaginedExchange,
  looked: Looked,
  record: VaryRecord,
  now: number,
): Promise<Looked> {
  const { location, peeked } = looked
  if (peeked?.hash === undefined || record.variants.includes(peeked.hash)) return looked
  for (const place of placesAsSeen(request.layer, req, location)) {
    const text = pageKeyText(record, place.extraKey, place.source, place.matching)
    if (text !== undefined && record.variants.includes(digest(text))) return look(request, place, now)
  }
  return looked
}

/** Places of a visitor without a session, or with one that holds nothing, by shapes of requests. */
function placesAsSeen(
  layer: Layer,
  req: ImaginedExchange['req'],
  location: PageLocation,
): readonly PageLocation[] {
  const shapes = layer.kind === 'server' ? [undefined] : seenShapes()
  return shapes.flatMap((present) => {
    const extraKey = extraKeyOf(layer, req, undefined, location.identity, present)
    const place = { ...location, extraKey }
    return [place, { ...place, source: withEmptySession(location.source) }]
  })
}

function withEmptySession(source: InputSource): InputSource {
  return {
    headers: source.headers,
    value: (name) => (name === SESSION_INPUT ? EMPTY_SESSION : source.value(name)),
  }
}
