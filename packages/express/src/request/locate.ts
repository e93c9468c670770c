import type { IncomingMessage, ServerResponse } from 'node:http'
import { bypassReason, selectQuery } from '@sitecache/http'
import { after } from '../node/maybe-promise.js'
import { originOf, targetOf } from '../node/request-target.js'
import { field, type MaybePromise } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { fixedParts } from '../pages/page-keys.js'
import type { Place } from '../pages/page-location.js'
import type { ContentReason } from '../state/read-body.js'
import { type Content, contentMethod, contentOf, describeContent } from '../state/request-body.js'
import { exchangeOf, knownExchange } from '../state/request-state.js'
import { credentials } from '../visitor/signed-in.js'

/** Why a request passes the cache by. */
export type BypassReason = 'method' | 'request' | 'skip' | 'signed-in' | 'error' | ContentReason

/** What a request asks for: the place of its pages, or the reason why the cache keeps out of it. */
export function recognise(layer: Layer, req: IncomingMessage): Place | BypassReason {
  return reasonToBypass(layer, req) ?? placeFor(layer, req) ?? 'signed-in'
}

/**
 * What a request asks for by its content: its place once that has been read; undefined: its client has hung up meanwhile. Only for those of which
 * this layer keeps pages (`contentMethod`).
 */
export function recogniseByContent(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
): MaybePromise<Place | BypassReason | undefined> {
  const method = contentMethod(layer, req)
  if (method === undefined) return 'method'
  exchangeOf(req).onlyAsks = true
  const upgrade = req.headers.upgrade === undefined ? undefined : 'request'
  const place = upgrade ?? reasonToSkip(layer, req) ?? placeFor(layer, req) ?? 'signed-in'
  if (typeof place === 'string') return place
  return after(contentOf(layer, req, res), (body) => {
    if (body === 'hung-up') return undefined
    return typeof body === 'string' ? body : placeByContent(place, describeContent(method, body, req.headers))
  })
}

/** Where a URL's pages for one content live: under a record of its own, behind the URL's fence, so that a purge of it drops them too. */
export function placeByContent(place: Place, content: Content): Place {
  const { keys, origin, url } = place
  return { ...place, content, recordKey: keys.contentRecordKey(origin, url, content) }
}

/** Where the pages of a request's URL live, whatever its method; undefined: a signed-in visitor shares none. */
export function placeFor(layer: Layer, req: IncomingMessage): Place | undefined {
  const { rules } = layer
  const signedIn = rules.isAuthenticated(req)
  const visitor = signedIn ? credentials(req) : undefined
  if (signedIn && (rules.anonymousOnly || visitor === undefined)) return undefined
  const keys = layer.keys()
  const origin = originOf(req, layer.app)
  const target = targetOf(req)
  const url = selectQuery(target.url, rules.query)
  const { recordKey, fenceKey } = keys.url(origin, url)
  return {
    keys,
    origin,
    url,
    recordKey,
    fenceKey,
    content: undefined,
    fixed: fixedMaterial(layer, req, target.rewritten, visitor),
    selection: layer.selection,
    maxVariants: rules.maxVariants,
    signedIn,
  }
}

function reasonToBypass(layer: Layer, req: IncomingMessage): BypassReason | undefined {
  const method = field(req, 'method') ?? 'GET'
  const originalMethod = field(req, 'originalMethod') ?? method
  // A POST that a middleware turned into a GET (method-override) is still a POST to whoever sent it.
  if (originalMethod !== 'GET' && originalMethod !== 'HEAD') return 'method'
  if (bypassReason(method, field(req, 'headers')) !== undefined) return 'request'
  return reasonToSkip(layer, req)
}

function reasonToSkip(layer: Layer, req: IncomingMessage): 'skip' | undefined {
  if (knownExchange(req)?.skipped === true) return 'skip'
  return layer.rules.skip?.(req) === true ? 'skip' : undefined
}

/**
 * What chooses among the pages of a URL, Vary apart.
 *
 * The kind of layer is part of it: a page that `cachePage` keeps of a route behind a login check must not be found
 * by a site's cache, which looks it up before that check.
 */
export function fixedMaterial(
  layer: Layer,
  req: IncomingMessage,
  rewritten: string | undefined,
  visitor: string | undefined,
): string {
  const language = field(req, 'language')
  const timeZone = field(req, 'timeZone')
  const parts = layer.rules.keyParts?.(req)
  const isPlain = (language ?? timeZone ?? rewritten ?? visitor ?? parts) === undefined
  if (isPlain) return layer.plainMaterial
  return fixedParts(layer.kind, [textOf(language), textOf(timeZone), rewritten, visitor], parts)
}

/** i18n packages put a language tag on the request, or an object that describes it. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
