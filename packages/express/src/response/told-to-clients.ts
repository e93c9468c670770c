import {
  fieldValue,
  maxAgeOf,
  parseCacheControl,
  parseVary,
  patchCacheControl as patchedCacheControl,
  type Storable,
  withoutPrivate,
} from '@sitecache/http'
import onHeaders from 'on-headers'
import { applyLifetime, patchCacheControl, textOf } from '../node/patch-headers.js'
import { type Headers, headersOf } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import type { PageLocation } from '../pages/page-location.js'
import { peekState, stateOf } from '../state/request-state.js'
import { noteAddedLifetime, withoutAddedLifetime } from './added-lifetime.js'
import type { Forwarded } from './forwarded.js'
import type { SkipReason } from './judge.js'
import { isForOneVisitor } from './one-visitor.js'
import { withoutNames } from './page-rules.js'
import type { Response } from './response.js'

/**
 * Tells browsers and the caches downstream how long they may keep a page, and whether it is one
 * visitor's.
 */
export function tellClients(
  response: Response,
  location: PageLocation,
  inputs: readonly string[],
  headers: Headers,
  how: Pick<Storable, 'lifetime' | 'targeted'>,
  now: number,
): void {
  tellLifetime(response, headers, how, now)
  if (isForOneVisitor(location, inputs, parseVary(headers.vary))) tellPrivate(response, location, headers)
}

/**
 * Returns the lifetime that browsers are told under policy 'django', in seconds. What was said to
 * shared caches only (`s-maxage`, a targeted field) is no lifetime for browsers: they are told the
 * site's, or the option `clientTimeout`.
 */
export function clientLifetime(
  { rules, siteTimeout }: Layer,
  { lifetime, targeted }: Pick<Storable, 'lifetime' | 'targeted'>,
): number {
  const isForSharedCaches = lifetime.source === 's-maxage' || targeted !== undefined
  const longest = isForSharedCaches ? (siteTimeout ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
  return Math.min(lifetime.seconds, longest, rules.clientTimeout ?? Number.POSITIVE_INFINITY)
}

/** Adds the lifetime of a page for browsers, as policy 'django' does. */
function tellLifetime(
  { layer, req, res }: Response,
  headers: Headers,
  how: Pick<Storable, 'lifetime' | 'targeted'>,
  now: number,
): void {
  if (layer.rules.policy !== 'django') return
  const own = withoutAddedLifetime(layer, req, headers)
  const [saidMaxAge, saidExpires] = [maxAgeOf(own), own.expires]
  const state = peekState(req)
  const isTold = state?.toldPrivate !== undefined && headers['cache-control'] === state.toldPrivate
  applyLifetime(res, headers, clientLifetime(layer, how), now)
  if (isTold) state.toldPrivate = textOf(res, 'cache-control')
  const maxAge = maxAgeOf(headers)
  if (maxAge === undefined || maxAge === saidMaxAge) return
  const expires = saidExpires === undefined ? fieldValue(headers, 'expires') : undefined
  noteAddedLifetime(req, { maxAge, expires, replaced: saidMaxAge, lifetime: how.lifetime.seconds })
}

/**
 * Keeps a page of one visitor from the caches downstream, unless the application says that it is
 * public.
 */
function tellPrivate(
  { req, res }: Pick<Response, 'req' | 'res'>,
  { identity }: Pick<PageLocation, 'identity'>,
  headers: Headers,
): void {
  if (saysForWhom(headers['cache-control'])) return
  patchCacheControl(res, { private: true })
  const told = String(res.getHeader('cache-control'))
  headers['cache-control'] = told
  notePrivate(req, told, identity !== undefined)
}

/** Whether a Cache-Control says for whom a response is, or that nobody may keep it. */
function saysForWhom(value: Headers[string]): boolean {
  const control = parseCacheControl(value)
  return control.has('public') || control.has('private') || control.has('no-store')
}

/**
 * Keeps a response that is not kept here from the caches downstream, where it is one visitor's, or
 * was made for the client's address. Also where it doesn't say how long it may be kept: such caches
 * decide by themselves then (RFC 9111 §4.2.2).
 */
export function tellUnkept(
  response: Response,
  { location, reads }: Forwarded,
  inputs: readonly string[],
  headers: Headers,
  reason: SkipReason,
): void {
  // The application decides alone about what it skips.
  if (reason === 'skip') return
  const isOneClients = reason === 'signed-in' || reads.refusalAtHead(headers) === 'address'
  if (isOneClients || isForOneVisitor(location, inputs, parseVary(headers.vary)))
    tellPrivate(response, location, headers)
}

/**
 * Keeps a response for which nothing was looked up from the caches downstream: of a signed-in
 * visitor without an identity, or one whom a fault left unknown.
 */
export function keepFromOthers({ req, res }: Pick<Response, 'req' | 'res'>): void {
  onHeaders(res, () => {
    if (peekState(req)?.skipped !== true) tellPrivate({ req, res }, { identity: undefined }, headersOf(res))
  })
}

/**
 * Returns the headers of a page that was brought up to date, which a newer response may have taken
 * `private` from.
 *
 * @param list name, value, name, value
 */
export function withOwnPrivate(
  req: Response['req'],
  location: PageLocation,
  inputs: readonly string[],
  list: readonly string[],
  headers: Headers,
): readonly string[] {
  const control = headers['cache-control']
  if (saysForWhom(control) || !isForOneVisitor(location, inputs, parseVary(headers.vary))) return list
  const patched = patchedCacheControl(control === undefined ? undefined : String(control), { private: true })
  notePrivate(req, patched, location.identity !== undefined)
  return [...withoutNames(list, ['cache-control']), 'Cache-Control', patched]
}

/**
 * Notes a Cache-Control to which a layer has added `private`.
 *
 * @param isForVisitor it has identified one
 */
export function notePrivate(req: Response['req'], told: string, isForVisitor: boolean): void {
  const state = stateOf(req)
  state.toldPrivate = told
  state.isPrivateForVisitor ||= isForVisitor
}

/**
 * Returns a head as a layer judges it, without the `private` that a layer further in has added for
 * what its page depends on: this one learns the same, and says it of its own page. The page of a
 * visitor whom that layer has identified stays private.
 */
export function asBeforeInnerPrivate({ req }: Response, headers: Headers): Headers {
  const state = peekState(req)
  const told = state?.toldPrivate
  if (told === undefined || state?.isPrivateForVisitor === true || headers['cache-control'] !== told)
    return headers
  return { ...headers, 'cache-control': withoutPrivate(told) }
}

/**
 * Takes `private` back from a head, for judging it, where it is there by `tellPrivate` alone.
 */
export function asBeforePrivate({ req }: Response, headers: Headers): void {
  const told = peekState(req)?.toldPrivate
  if (told !== undefined && headers['cache-control'] === told) headers['cache-control'] = withoutPrivate(told)
}
