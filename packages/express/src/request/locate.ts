import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, isPromise, type MaybePromise } from '@sitecache/core/internal'
import { bypassReason, selectQuery } from '@sitecache/http'
import { originOf, targetOf } from '../node/request-target.js'
import { field } from '../node/types.js'
import { extraKeyOf } from '../options/key-parts.js'
import type { Layer } from '../options/layer.js'
import type { PageLocation } from '../pages/page-location.js'
import type { BodyFault } from '../state/read-body.js'
import { type BodyKey, bodyKeyOf, bodyMethod, bodyOf } from '../state/request-body.js'
import { peekState, stateOf } from '../state/request-state.js'
import { credentials } from '../visitor/signed-in.js'

/** Why a request bypasses the cache. */
export type BypassReason = 'method' | 'request' | 'skip' | 'signed-in' | 'error' | BodyFault

/**
 * Works out where the pages for a request are stored, or why it bypasses the cache; `by-body`: that depends on its content, which
 * `locateByBody` reads. A fault in the application's callbacks keeps the cache out of the exchange, and breaks nothing.
 */
export function locate(layer: Layer, req: IncomingMessage): PageLocation | BypassReason | 'by-body' {
  try {
    const reason = reasonToBypass(layer, req)
    if (reason === undefined) return locateUrl(layer, req) ?? 'signed-in'
    const byBody = reason === 'method' && bodyMethod(layer.rules.bodyMethods, req) !== undefined
    return byBody ? 'by-body' : reason
  } catch (error) {
    return failed(layer, error)
  }
}

/**
 * Reads the content of a QUERY or POST, and works out where its page is stored.
 *
 * @returns undefined when the client hung up meanwhile
 */
export function locateByBody(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
): MaybePromise<PageLocation | BypassReason | undefined> {
  try {
    const location = readAndLocate(layer, req, res)
    return isPromise(location) ? location.catch((error: unknown) => failed(layer, error)) : location
  } catch (error) {
    return failed(layer, error)
  }
}

function readAndLocate(
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
    return typeof body === 'string' ? body : atBody(location, bodyKeyOf(method, body, req.headers))
  })
}

function failed(layer: Layer, error: unknown): 'error' {
  layer.keys().cache.meter.error(error, 'locate')
  return 'error'
}

/** The pages of one content have a vary record of their own, behind the URL's fence, so that a purge of the URL drops them too. */
function atBody(location: PageLocation, body: BodyKey): PageLocation {
  const { keys, origin, url } = location
  return { ...location, body, recordKey: keys.contentRecordKey(origin, url, body) }
}

/**
 * Works out where the pages of a request's URL are stored, whatever its method.
 *
 * @returns undefined for a signed-in visitor who shares none
 */
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
    body: undefined,
    extraKey: extraKeyOf(layer, req, target.rewritten, visitor),
    varyMatching: layer.varyMatching,
    maxVariants: rules.maxVariants,
    signedIn,
  }
}

function reasonToBypass(layer: Layer, req: IncomingMessage): BypassReason | undefined {
  const method = field(req, 'method') ?? 'GET'
  const originalMethod = field(req, 'originalMethod') ?? method
  // A POST that a middleware turned into a GET (method-override) is still a POST to its client.
  if (originalMethod !== 'GET' && originalMethod !== 'HEAD') return 'method'
  if (bypassReason(method, field(req, 'headers')) !== undefined) return 'request'
  return reasonToSkip(layer, req)
}

function reasonToSkip(layer: Layer, req: IncomingMessage): 'skip' | undefined {
  if (peekState(req)?.skipped === true) return 'skip'
  return layer.rules.skip?.(req) === true ? 'skip' : undefined
}
