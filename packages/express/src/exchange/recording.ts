import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  formatCacheStatus,
  type HeaderMap,
  initialAge,
  type Judgement,
  judgeResponse,
  type Lifetime,
  mergeVary,
  Page,
  type SkipReason as RuleReason,
  type VaryRecord,
} from '@sitecache/http'
import type { Captured, CaptureObserver } from '../capture/capture.js'
import { wireHead } from '../capture/wire.js'
import { after, isPromise } from '../framework/maybe-promise.js'
import { hasSessionData } from '../framework/visitor.js'
import { applyLifetime, hasVaryHeader, patchVaryHeaders } from '../headers/patch-headers.js'
import { appendCacheStatus, type Headers, headersOf } from '../headers/response-headers.js'
import type { Layer } from '../options/layer.js'
import { keepPage } from '../pages/keep-page.js'
import { noteOrigin } from '../pages/origins.js'
import type { Place } from '../pages/place.js'
import { knownExchange } from './exchange.js'
import { declaredLength, type StoredHead, storedHead } from './stored-head.js'
import type { VisitorWatch } from './watch-visitor.js'

/** Why a response was not kept. */
export type SkipReason =
  | RuleReason
  | 'skip'
  | 'store-if'
  | 'signed-in'
  | 'aborted'
  | 'length'
  | 'purged'
  | 'error'

/** Under policy 'rfc9111', what is said to caches like this one goes before what is said to all (RFC 9213 §3.1). */
const targeted = ['cdn-cache-control']

/** A look-up that found no page to serve, and the request as it then was. */
export interface Miss {
  readonly place: Place
  readonly seen: VaryRecord | undefined
  /** A copy: what a handler does to `req.headers` must not move its page to another visitor's key. */
  readonly requestHeaders: HeaderMap
  /** The headers that stood on the response. */
  readonly standing: HeaderMap
  /** RFC 9211 §2.2: why the request went on. */
  readonly forwarded: string
  readonly requestTime: number
  readonly watch: VisitorWatch | undefined
}

interface Draft {
  readonly head: StoredHead
  /** Bytes that the head announces. */
  readonly declaredLength: number | undefined
  vary: readonly string[]
  lifetime: number
  readonly initialAge: number
  readonly storedAt: number
}

/** Judges a response as it is written, and keeps it as a page if it may be kept. */
export class Recording implements CaptureObserver {
  readonly #layer: Layer
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  #miss: Miss | undefined
  #draft: Draft | undefined

  constructor(layer: Layer, req: IncomingMessage, res: ServerResponse) {
    this.#layer = layer
    this.#req = req
    this.#res = res
  }

  /** The handler runs from here on. A response that is written before, or never gets here, is not kept. */
  begin(miss: Miss): void {
    this.#miss = miss
  }

  head(): boolean {
    return this.#guarded(() => this.#judgeHead()) ?? false
  }

  end(captured: Captured): void {
    this.#guarded(() => this.#settle(captured))
  }

  /** What goes wrong in here must not reach the handler that is writing its response: it is a count, and no page. */
  #guarded<T>(step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  #fail(error: unknown): void {
    this.#layer.keys().cache.meter.error(error, 'store')
    this.#skip('error')
  }

  #judgeHead(): boolean {
    const miss = this.#miss
    if (miss === undefined) return false
    const now = Date.now()
    const res = this.#res
    if (miss.watch?.read === true) patchVaryHeaders(res, ['Cookie'])
    const headers = headersOf(res)
    const verdict = this.#judge(miss, res.statusCode, headers, now)
    const reason = verdict.storable ? this.#objection(miss, headers) : verdict.reason
    if (verdict.storable && reason === undefined) this.#draft = this.#prepare(miss, verdict, headers, now)
    else if (reason !== undefined) this.#skip(reason)
    if (!verdict.storable) this.#sayNothingIsFresh(verdict.lifetime, headers, now)
    this.#say(miss, reason)
    return this.#draft !== undefined
  }

  #settle(captured: Captured): void {
    const [miss, draft] = [this.#miss, this.#draft]
    if (miss === undefined || draft === undefined) return
    const wire = captured.headMayDiffer ? wireHead(this.#res) : undefined
    // A layer outside that answers 304 to this client has seen the whole page, and says of it what is to be said.
    const status = wire?.status === 304 ? draft.head.status : wire?.status
    const verdict =
      wire === undefined || status === undefined
        ? undefined
        : this.#judge(miss, status, wire.headers, draft.storedAt)
    const reason = this.#flaw(draft, captured) ?? (verdict?.storable === false ? verdict.reason : undefined)
    if (reason !== undefined) {
      this.#skip(reason)
      return
    }
    if (verdict?.storable === true) {
      draft.vary = mergeVary(draft.vary, verdict.vary)
      draft.lifetime = verdict.lifetime.seconds
    }
    this.#keep(miss, draft, captured.body)
  }

  #judge(miss: Miss, status: number, headers: HeaderMap, now: number): Judgement {
    const { rules, timeout, siteTimeout } = this.#layer
    return judgeResponse({
      policy: rules.policy,
      // A HEAD is judged as its GET would be, so that it says the same (RFC 9110 §9.3.2).
      method: 'GET',
      requestHeaders: miss.requestHeaders,
      status,
      headers,
      statuses: rules.statuses,
      setCookie: rules.setCookie,
      timeout,
      siteTimeout,
      maxBodyBytes: rules.maxBodyBytes,
      targeted,
      now,
    })
  }

  /** What the application or the visitor have against keeping a response that HTTP would let us keep. */
  #objection(miss: Miss, headers: HeaderMap): SkipReason | undefined {
    const [req, res, { rules }] = [this.#req, this.#res, this.#layer]
    if (knownExchange(req)?.skipped === true) return 'skip'
    if (this.#isSomeonesOwn(miss, headers)) return 'signed-in'
    return rules.storeIf === undefined || rules.storeIf(req, res) === true ? undefined : 'store-if'
  }

  /** Somebody signed in while the handler ran, or a session came to light behind the look-up. */
  #isSomeonesOwn(miss: Miss, headers: HeaderMap): boolean {
    const { rules } = this.#layer
    const req = this.#req
    if (miss.place.signedIn !== rules.isAuthenticated(req)) return true
    if (miss.watch !== undefined || miss.place.signedIn) return false
    const shared =
      /\bcookie\b/i.test(String(headers.vary ?? '')) ||
      /\bpublic\b/i.test(String(headers['cache-control'] ?? ''))
    return !shared && hasSessionData(req)
  }

  /** Django tells clients too that a page is not to be kept, where the application's timeout says so. */
  #sayNothingIsFresh(lifetime: Lifetime | undefined, headers: Headers, now: number): void {
    const own = lifetime?.source === 'timeout' || lifetime?.source === 'site'
    if (own && this.#layer.rules.policy === 'django') applyLifetime(this.#res, headers, 0, now)
  }

  #prepare(
    miss: Miss,
    verdict: Judgement & { storable: true },
    headers: Headers,
    now: number,
  ): Draft | undefined {
    const { rules } = this.#layer
    const res = this.#res
    const { seconds } = verdict.lifetime
    if (rules.policy === 'django') applyLifetime(res, headers, seconds, now)
    if (this.#req.method === 'HEAD') return undefined
    const standing = rules.headers === 'all' ? undefined : miss.standing
    return {
      head: storedHead(res, headers, standing, rules.setCookie === 'store', now),
      declaredLength: declaredLength(headers),
      vary: verdict.vary,
      lifetime: seconds,
      initialAge: initialAge(headers, miss.requestTime, now),
      storedAt: now,
    }
  }

  /** What is wrong with the body, or came to light after the head. */
  #flaw(draft: Draft, { overflowed, length }: Captured): SkipReason | undefined {
    const res = this.#res
    if (overflowed) return 'too-large'
    if (res.destroyed || this.#req.socket?.destroyed === true) return 'aborted'
    if ((draft.declaredLength ?? length) !== length) return 'length'
    if ((res as { _trailer?: string })._trailer) return 'trailers'
    if (knownExchange(this.#req)?.skipped === true) return 'skip'
    // Read only after the head was sent: it is too late to say Vary: Cookie.
    return this.#miss?.watch?.read === true && !hasVaryHeader(res, 'Cookie') ? 'signed-in' : undefined
  }

  #keep(miss: Miss, draft: Draft, body: Buffer): void {
    const { head, storedAt } = draft
    const { meter } = miss.place.keys.cache
    if (head.status !== 204) head.headers.push('Content-Length', String(body.length))
    const page = new Page({
      status: head.status,
      statusMessage: head.statusMessage,
      headers: head.headers,
      removed: head.removed,
      body,
      storedAt,
      initialAge: draft.initialAge,
      lifetime: draft.lifetime,
    })
    const kept = keepPage(miss.place, {
      page,
      vary: draft.vary,
      headers: miss.requestHeaders,
      expires: Number.isFinite(page.expires) ? page.expires : null,
      seen: miss.seen,
    })
    noteOrigin(miss.place.keys.cache, miss.place.origin)
    const settled = after(kept, (stored) => (stored ? meter.store() : this.#skip('purged')))
    if (isPromise(settled)) settled.catch((error: unknown) => this.#fail(error))
  }

  #skip(reason: SkipReason): void {
    this.#draft = undefined
    this.#miss?.place.keys.cache.meter.skip(reason)
  }

  #say(miss: Miss, reason: SkipReason | undefined): void {
    if (!this.#layer.rules.cacheStatus) return
    const stored = this.#draft !== undefined
    const detail = stored ? undefined : (reason ?? 'method')
    appendCacheStatus(this.#res, formatCacheStatus({ fwd: miss.forwarded, stored, detail }))
  }
}
