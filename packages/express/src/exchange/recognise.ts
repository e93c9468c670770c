import type { IncomingMessage } from 'node:http'
import { bypassReason, selectQuery } from '@sitecache/http'
import { originOf, targetOf } from '../framework/request-target.js'
import { field } from '../framework/types.js'
import { credentials } from '../framework/visitor.js'
import type { Layer } from '../options/layer.js'
import { fixedParts } from '../pages/page-keys.js'
import type { Place } from '../pages/place.js'
import { knownExchange } from './exchange.js'

/** Why a request passes the cache by. */
export type BypassReason = 'method' | 'request' | 'skip' | 'signed-in' | 'error'

/** What a request asks for: the place of its pages, or the reason why the cache keeps out of it. */
export function recognise(layer: Layer, req: IncomingMessage): Place | BypassReason {
  return reasonToBypass(layer, req) ?? placeFor(layer, req) ?? 'signed-in'
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
  if (bypassReason(method, req.headers) !== undefined) return 'request'
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
  const own = [textOf(language), textOf(timeZone), rewritten, visitor]
  if (parts === undefined && own.every((part) => part === undefined)) return layer.plainMaterial
  return fixedParts(layer.kind, own, parts)
}

/** i18n packages put a language tag on the request, or an object that describes it. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
