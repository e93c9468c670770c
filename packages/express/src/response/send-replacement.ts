import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { after, type MaybePromise } from '@sitecache/core/internal'
import { type CacheStatus, describesContent, type Page, type Storability } from '@sitecache/http'
import type { ResponseWriter } from '../capture/observer.js'
import { ownRequestOf } from '../node/own-requests.js'
import { type Headers, headersOf, isHttp2 } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { takeTargetedControl } from '../state/targeted-control.js'
import { storedStatusOf } from './admission.js'
import { memberOf, tellMember } from './cache-status.js'
import { completedPage } from './combine-parts.js'
import { deliver } from './deliver.js'
import type { Forwarded } from './forwarded.js'
import { type Freshened, freshenPage } from './freshen.js'
import type { SkipReason } from './judge.js'
import { noteDelivered } from './note-delivered.js'
import { refetch } from './refetch.js'
import { type Replacement, resetHeaders } from './replacement.js'

/** A response that goes out in place of the handler's, which is still on `res`. */
export interface ReplacementContext {
  readonly layer: Layer
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly forwarded: Forwarded
  readonly replacement: Replacement
  /** The handler's response as a page, where it may be kept. */
  readonly newer: Page | undefined
  /** Fault that came to light about its body, so that its head alone is of use. */
  readonly fault: SkipReason | undefined
  /** Writer outside this layer. */
  readonly out: ResponseWriter
  /**
   * Stores a page that has been sent.
   *
   * @param storability default: that of the handler's response
   * @param ownCookies Set-Cookie of the handler's response
   */
  store(page: Page, storability?: Storability, ownCookies?: Headers[string]): void
}

/** Answers the client with another response than the handler's. */
export function sendReplacement(it: ReplacementContext): MaybePromise<void> {
  const { replacement, newer, fault } = it
  const { stored } = it.forwarded
  if (replacement === 'not-modified')
    return newer === undefined ? sendNotModified(it) : sendNewer(it, newer, {})
  if (stored === undefined) return undefined
  if (replacement === 'freshened') return sendFreshened(it, stored)
  if (replacement === 'stale') return sendStale(it, stored)
  if (replacement === 'refetched') return refetch(it)
  const whole = newer === undefined || fault !== undefined ? undefined : completedPage(stored, newer)
  return whole?.status === 200 ? sendNewer(it, whole, { fwdStatus: 206 }) : refetch(it)
}

/** RFC 9110 §15.4.5: a 304 for a response that is not stored, whose client has it already. */
function sendNotModified({ layer, req, res, forwarded, fault, out }: ReplacementContext): void {
  if (fault !== undefined && layer.rules.cacheStatus)
    tellMember(req, res, memberOf(req, layer, { fwd: forwarded.fwd, detail: fault }))
  for (const name of res.getHeaderNames()) if (describesContent(name)) res.removeHeader(name)
  if (!isHttp2(res)) res.statusMessage = ''
  out.writeHead.call(res, 304)
  out.end.call(res)
}

function sendStale(it: ReplacementContext, stored: Page): MaybePromise<void> {
  it.layer.keys().cache.meter.stale()
  const own = ownRequestOf(it.req)
  if (own !== undefined) own.failure = it.res.statusCode
  const now = Date.now()
  it.forwarded.told?.serves('stale', stored, now)
  const status = { fwdStatus: it.res.statusCode, ttl: stored.ttl(now), detail: 'stale-if-error' }
  return send(it, stored, status)
}

/** RFC 9111 §4.3.4. Cookies of this exchange are its client's, whatever is kept of them. */
function sendFreshened(it: ReplacementContext, stored: Page): MaybePromise<void> {
  const { forwarded, res, req } = it
  const headers = headersOf(res)
  takeTargetedControl(req, res, headers)
  const freshened = freshen(it, stored, headers)
  const page = freshened?.page ?? stored
  const cookies = headers['set-cookie']
  resetHeaders(res, forwarded.priorHeaders)
  if (cookies !== undefined && page.header('set-cookie') === undefined)
    res.setHeader('Set-Cookie', cookies as string[])
  forwarded.told?.serves('revalidated', page, Date.now())
  const isKept = freshened?.storability.storable === true && storedStatusOf(forwarded.location, page).stored
  const sent = write(it, page, { fwdStatus: 304, stored: isKept === true })
  return after(sent, () => freshened && it.store(page, freshened.storability, cookies))
}

/**
 * A fault, such as one in a callback of the application, leaves the stored page as it is: the 304
 * holds all the same.
 */
function freshen(
  { layer, forwarded, req, res }: ReplacementContext,
  stored: Page,
  headers: Headers,
): Freshened | undefined {
  try {
    return freshenPage(layer, forwarded, stored, req, res, headers, Date.now())
  } catch (error) {
    layer.keys().cache.meter.error(error, 'store')
    return undefined
  }
}

function sendNewer(it: ReplacementContext, page: Page, status: CacheStatus): MaybePromise<void> {
  const { fault } = it
  const told = fault === undefined ? storedStatusOf(it.forwarded.location, page) : { detail: fault }
  const sent = send(it, page, { ...status, ...told })
  return after(sent, () => (fault === undefined ? it.store(page) : undefined))
}

function send(it: ReplacementContext, page: Page, status: CacheStatus): MaybePromise<void> {
  resetHeaders(it.res, it.forwarded.priorHeaders)
  return write(it, page, status)
}

function write(
  { layer, forwarded, req, res, out }: ReplacementContext,
  page: Page,
  status: CacheStatus,
): MaybePromise<void> {
  const { location, known } = forwarded
  noteDelivered({ req, res }, location, page, known.record?.names ?? [])
  const told = layer.rules.cacheStatus ? memberOf(req, layer, { fwd: forwarded.fwd, ...status }) : undefined
  const headers = forwarded.requestHeaders as IncomingHttpHeaders
  return deliver({ layer, method: req.method ?? 'GET', headers, req, res }, page, Date.now(), told, out)
}
