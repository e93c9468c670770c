import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, isPromise, type MaybePromise } from '@sitecache/core/internal'
import { bypassReason, type KeyPart, normalizeHost, selectQuery } from '@sitecache/http'
import { saysMore } from '../inputs/made-head.js'
import { RequestInputs } from '../inputs/request-inputs.js'
import { askLoudly, quietly, type RequestReads, readsOf } from '../inputs/request-reads.js'
import { type Origin, originOf, targetOf } from '../node/request-target.js'
import { factsOf, type RequestFacts } from '../node/types.js'
import { extraKeyOf } from '../options/key-parts.js'
import type { Layer } from '../options/layer.js'
import type { PageKeys } from '../pages/page-keys.js'
import type { PageLocation } from '../pages/page-location.js'
import type { BodyFault } from '../state/read-body.js'
import { type BodyKey, bodyKeyOf, bodyMethod, bodyOf } from '../state/request-body.js'
import { peekState, type RequestState, stateOf } from '../state/request-state.js'

/** Why a request bypasses the cache. */
export type BypassReason = 'method' | 'request' | 'skip' | 'host' | 'signed-in' | 'error' | BodyFault

/**
 * Works out where the pages for a request are stored, or why it bypasses the cache; `by-body`: that
 * depends on its content, which `locateByBody` reads. A fault in the application's callbacks keeps
 * the cache out of the exchange, and breaks nothing.
 */
export function locate(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  keys: PageKeys = layer.keys(),
): PageLocation | BypassReason | 'by-body' {
  try {
    const state = peekState(req)
    const reads = state === undefined ? undefined : readsOf(req)
    return reads === undefined
      ? locateNow(layer, req, res, keys, state, undefined)
      : locateQuietly(layer, req, res, keys, state, reads)
  } catch (error) {
    return failed(layer, error)
  }
}

/** Locates without a trace: reads by sitecache itself are no inputs. */
function locateQuietly(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  keys: PageKeys,
  state: RequestState | undefined,
  reads: RequestReads,
): PageLocation | BypassReason | 'by-body' {
  return reads.quietly(() => locateNow(layer, req, res, keys, state, reads))
}

function locateNow(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  keys: PageKeys,
  state: RequestState | undefined,
  reads: RequestReads | undefined,
): PageLocation | BypassReason | 'by-body' {
  const facts = factsOf(req)
  const reason = reasonToBypass(layer, req, facts, state)
  if (reason === undefined) return locateUrl(layer, req, res, keys, facts, reads)
  const byBody = reason === 'method' && bodyMethod(layer.rules.bodyMethods, req) !== undefined
  return byBody ? 'by-body' : reason
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
  const location = quietly(req, () => {
    const reason = req.headers.upgrade === undefined ? reasonToSkip(layer, req) : 'request'
    return reason ?? locateUrl(layer, req, res)
  })
  if (typeof location === 'string') return location
  return after(bodyOf(layer.rules.body, req, res), (body) => {
    if (body === 'hung-up') return undefined
    return typeof body === 'string'
      ? body
      : atBody(location, bodyKeyOf(method, body, location.source.headers))
  })
}

function failed(layer: Layer, error: unknown): 'error' {
  layer.keys().cache.meter.error(error, 'locate')
  return 'error'
}

/**
 * The pages of one content have a vary record of their own, behind the URL's fence, so that a purge
 * of the URL drops them too.
 */
function atBody(location: PageLocation, body: BodyKey): PageLocation {
  const { keys, origin, url } = location
  return { ...location, body, recordKey: keys.contentRecordKey(origin, url, body), seen: undefined }
}

/**
 * Works out where the pages of a request's URL are stored, whatever its method; or why none are.
 */
export function locateUrl(
  layer: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  keys: PageKeys = layer.keys(),
  facts: RequestFacts = factsOf(req),
  reads: RequestReads | undefined = readsOf(req),
): PageLocation | 'host' | 'signed-in' {
  const { rules } = layer
  const origin = originOf(req, layer.app, facts)
  if (rules.hosts !== undefined && !isOwnHost(origin, rules.hosts)) return 'host'
  const source = new RequestInputs(req, res, layer.inputSettings, reads ?? null, facts.headers)
  const identity = identityOf(layer, req, source)
  if (identity !== undefined) layer.credentials.note(source.headers)
  if (identity === 'signed-in') return identity
  const target = targetOf(req, facts)
  const url = rules.query === 'exact' ? target.url : selectQuery(target.url, rules.query)
  const { recordKey, fenceKey, pathFenceKey, record } = keys.url(origin, url)
  return {
    keys,
    origin,
    url,
    recordKey,
    fenceKey,
    pathFenceKey,
    urlSaysMore: saysMore(target.rewritten, target.url, origin.host) && !rules.inputRules.ignores('req:url'),
    body: undefined,
    extraKey: extraKeyOf(layer, req, target.rewritten, identity, presentOf(layer, req, res, source), facts),
    source,
    matching: layer.matching,
    seen: record,
    maxVariants: rules.maxVariants,
    identity,
  }
}

/**
 * Identity in the key of a signed-in visitor, and of a visitor whom the application names: a page
 * that was rendered for another one may show what no read of it tells, that nobody was signed in.
 *
 * @returns 'signed-in' for a visitor whose pages can't be told from those of others
 */
function identityOf({ rules }: Layer, req: IncomingMessage, source: RequestInputs): KeyPart | 'signed-in' {
  // Whose page it is here is an input of the pages of layers further out.
  const named = rules.visitor && askLoudly(rules.visitor, req)
  if (named === undefined || named === null) {
    if (!rules.isAuthenticated(req)) return undefined
    return (rules.anonymousOnly ? undefined : source.identity) ?? 'signed-in'
  }
  return rules.anonymousOnly ? 'signed-in' : named
}

/** Lists what middlewares have put on the request, by name, or with its value. */
function presentOf(
  { presentNames }: Layer,
  req: IncomingMessage,
  res: ServerResponse,
  source: RequestInputs,
): readonly string[] | undefined {
  if (presentNames === undefined) return undefined
  const names = presentNames.of(req, res)
  const foreign = source.takeForeign()
  return foreign === undefined ? names : [...(names ?? []), foreign]
}

/** Django's ALLOWED_HOSTS: a name, or all names below a domain. */
function isOwnHost({ scheme, host: written }: Origin, hosts: readonly string[]): boolean {
  const host = normalizeHost(written, scheme)
  const name = host.replace(/:\d+$/, '')
  return hosts.some((own) =>
    own.startsWith('*.') ? name.endsWith(own.slice(1)) : own === host || own === name,
  )
}

function reasonToBypass(
  layer: Layer,
  req: IncomingMessage,
  { method = 'GET', originalMethod = method, headers }: RequestFacts,
  state: RequestState | undefined,
): BypassReason | undefined {
  // A POST that a middleware turned into a GET (method-override) is still a POST to its client.
  if (originalMethod !== 'GET' && originalMethod !== 'HEAD') return 'method'
  if (bypassReason(method, headers) !== undefined) return 'request'
  return reasonToSkip(layer, req, state)
}

function reasonToSkip(
  layer: Layer,
  req: IncomingMessage,
  state: RequestState | undefined = peekState(req),
): 'skip' | undefined {
  if (state?.skipped === true) return 'skip'
  return layer.rules.skip?.(req) === true ? 'skip' : undefined
}
