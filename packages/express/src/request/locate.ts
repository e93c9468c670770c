import type { IncomingMessage, ServerResponse } from 'node:http'
import { bypassReason, selectQuery } from '@sitecache/http'
import { after } from '../node/maybe-promise.js'
import { originOf, targetOf } from '../node/request-target.js'
import { field, type MaybePromise } from '../node/types.js'
import { extraKeyOf } from '../options/key-parts.js'
import type { Layer } from '../options/layer.js'

import type { PageLocation } from '../pages/page-location.js'
import type { BodyFault } from '../state/read-body.js'
import { type BodyKey, bodyKeyOf, bodyMethod, bodyOf } from '../state/request-body.js'
import { peekState, stateOf } from '../state/request-state.js'
import { credentials } from '../visitor/signed-in.js'

/** Why a request passes the cache by. */
export type BypassReason = 'method' | 'request' | 'skip' | 'signed-in' | 'error' | BodyFault

/** What a request asks for: the place of its pages, or the reason why the cache keeps out of it. */
export function locate(layer: Layer, req: IncomingMessage): PageLocation | BypassReason {
  return reasonToBypass(layer, req) ?? locateUrl(layer, req) ?? 'signed-in'
}

/**
 * What a request asks for by its content: its place once that has been read; undefined: its client has hung up meanwhile. Only for those of which
 * this layer keeps pages (`contentMethod`).
 */
export function locateByBody(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
): MaybePromise<PageLocation | BypassReason | undefined> {
  const method = bodyMethod(layer.rules.bodyMethods, req)
  if (method === undefined) return 'method'
  stateOf(req).isSafe = true
  const upgrade = req.headers.upgrade === undefined ? undefined : 'request'
  const location = upgrade ?? reasonToSkip(layer, req) ?? locateUrl(layer, req) ?? 'signed-in'
  if (typeof location === 'string') return location
  return after(bodyOf(layer.rules.body, req, res), (body) => {
    if (body === 'hung-up') return undefined
    return typeof body === 'string' ? body : atContent(location, bodyKeyOf(method, body, req.headers))
  })
}

/** Where a URL's pages for one content live: under a record of its own, behind the URL's fence, so that a purge of it drops them too. */
export function atContent(location: PageLocation, content: BodyKey): PageLocation {
  const { keys, origin, url } = location
  return { ...location, content, recordKey: keys.contentRecordKey(origin, url, content) }
}

/** Where the pages of a request's URL live, whatever its method; undefined: a signed-in visitor shares none. */
export function locateUrl(layer: Layer, req: IncomingMessage): PageLocation | undefined {
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
    extraKey: extraKeyOf(layer, req, target.rewritten, visitor),
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
  if (peekState(req)?.skipped === true) return 'skip'
  return layer.rules.skip?.(req) === true ? 'skip' : undefined
}
