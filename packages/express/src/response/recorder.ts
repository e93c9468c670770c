import type { IncomingMessage, ServerResponse } from 'node:http'
import { holes } from '@sitecache/core'
import {
  formatCacheStatus,
  type Judgement,
  mergeVary,
  type Page,
  type Settlement,
  settle,
} from '@sitecache/http'
import {
  type CaptureControl,
  type Captured,
  type CaptureObserver,
  captureResponse,
  type ResponseWriter,
} from '../capture/capture.js'
import { type PageHoles, pageHolesOf, peekHoles } from '../holes/page-holes.js'
import { after, isPromise } from '../node/maybe-promise.js'
import { applyLifetime, patchVaryHeaders } from '../node/patch-headers.js'
import { appendCacheStatus, type Headers, headersOf } from '../node/response-headers.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import type { MaybePromise } from '../node/types.js'
import type { Layer } from '../options/layer.js'
import { rememberHost } from '../pages/known-hosts.js'
import { type Dropped, dropVariant, storePage } from '../pages/store-page.js'
import { RequestSlot } from '../state/request-state.js'
import { takeTargetedControl } from '../state/targeted-control.js'
import {
  beginPage,
  bodyFault,
  bodyToStore,
  finishPage,
  type PendingPage,
  readsCookies,
} from './build-page.js'
import { completedPage } from './combine-parts.js'
import type { Forwarded } from './forwarded.js'
import { freshenPage } from './freshen.js'
import {
  applicationRefusal,
  describesTarget,
  judge,
  methodToSettleBy,
  renderOutcome,
  type SkipReason,
} from './judge.js'
import { judgeWire } from './judge-wire.js'
import { ownTags, tagHeaderValue } from './page-tags.js'
import { type Replacement, replacementFor, staleMayReplace } from './replacement.js'
import { sendReplacement } from './send-replacement.js'

/** What the purge by an unsafe request left of its URL's pages, once that request succeeded. */
export const ownPurge = new RequestSlot<MaybePromise<Dropped>>()

/** A response that is captured, and its recorder. */
export interface RecordedResponse {
  readonly recorder: ResponseRecorder
  readonly capture: CaptureControl
}

/** Begins to capture a response for a layer of cache. */
export function recordResponse(layer: Layer, req: IncomingMessage, res: ServerResponse): RecordedResponse {
  const recorder = new ResponseRecorder(layer, req, res)
  if (holes.some) pageHolesOf(req).capturedBy(recorder, layer.rules.maxBodyBytes)
  return { recorder, capture: captureResponse(res, layer.rules.maxBodyBytes, recorder) }
}

/** What the application had against keeping it counts as HTTP's own reasons do. */
interface Skipped {
  readonly action: 'skip'
  readonly reason: SkipReason
}

/** Judges a response as it is written, and keeps it as a page, or brings the stored one up to date, as it says. */
export class ResponseRecorder implements CaptureObserver {
  readonly #layer: Layer
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  #forwarded: Forwarded | undefined
  #pending: PendingPage | undefined
  #replacement: Replacement | undefined
  #applicationRefusal: SkipReason | undefined
  #patience: NodeJS.Timeout | undefined
  /** A page that is not the response's own: stored again, or dropped, when the response has ended. */
  #aside: Settlement | undefined

  constructor(layer: Layer, req: IncomingMessage, res: ServerResponse) {
    this.#layer = layer
    this.#req = req
    this.#res = res
  }

  /** The handler runs from here on. A response that is written before, or never gets here, is not kept. */
  begin(forwarded: Forwarded, capture: CaptureControl): void {
    this.#forwarded = forwarded
    const hasStale = staleMayReplace(this.#layer, forwarded, forwarded.requestTime)
    if (forwarded.mode !== 'plain' || hasStale) capture.hold()
    const { originTimeout } = this.#layer.rules
    if (hasStale && originTimeout !== undefined)
      this.#patience = setTimeout(() => capture.giveUp(), originTimeout).unref()
  }

  head(): 'keep' | 'pass' | 'replace' {
    clearTimeout(this.#patience)
    const verdict = this.#guarded(() => this.#judgeHead()) ?? 'pass'
    this.#forwarded?.restore()
    // What goes out in its place has a head of its own.
    if (verdict !== 'replace' && this.#holes?.body !== undefined && this.#holes.isOutermost(this))
      this.#holes.makePrivate(this.#res)
    return verdict
  }

  /** Undefined in a process without holes, which pays no more for them. */
  get #holes(): PageHoles | undefined {
    return holes.some ? peekHoles(this.#req) : undefined
  }

  end(captured: Captured): void {
    this.#guarded(() => this.#settle(captured))
  }

  abandoned(): boolean {
    const forwarded = this.#forwarded
    if (forwarded === undefined || !staleMayReplace(this.#layer, forwarded, Date.now())) return false
    clearTimeout(this.#patience)
    forwarded.restore()
    this.#replacement = 'stale'
    this.#res.statusCode = 504
    return true
  }

  replace(out: ResponseWriter, captured: Captured): MaybePromise<void> {
    const [forwarded, replacement, pending] = [this.#forwarded, this.#replacement, this.#pending]
    if (forwarded === undefined || replacement === undefined) return undefined
    const holed = this.#holes?.body !== undefined
    this.#holes?.replacedBy(this)
    const newer = pending && !holed ? finishPage(pending, captured, this.#layer.rules.jitter) : undefined
    const fault = pending && bodyFault(pending, forwarded, this.#req, this.#res, captured)
    const sent = sendReplacement({
      layer: this.#layer,
      req: this.#req,
      res: this.#res,
      forwarded,
      replacement,
      newer,
      isFaulty: fault !== undefined,
      out,
      keep: (page, judgement = pending?.how) => {
        if (judgement !== undefined && this.#applicationRefusal === undefined)
          this.#guarded(() => this.#keep(forwarded, page, judgement))
      },
    })
    // Where nothing was kept, those who wait see for themselves.
    if (forwarded.render?.settling !== true) forwarded.render?.finish({ kind: 'failed' })
    return sent
  }

  overflowed(): void {
    this.#guarded(() => this.#skip('too-large'))
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

  #judgeHead(): 'keep' | 'pass' | 'replace' {
    const [forwarded, req, res] = [this.#forwarded, this.#req, this.#res]
    if (forwarded === undefined) {
      res.removeHeader(TARGETED_FIELD)
      return 'pass'
    }
    const now = Date.now()
    if (readsCookies(forwarded, req)) patchVaryHeaders(res, ['Cookie'])
    const headers = headersOf(res)
    takeTargetedControl(req, res, headers)
    this.#showTags(headers)
    const judgement = judge(this.#layer, forwarded, res.statusCode, headers, now)
    const settlement = this.#settlement(forwarded, judgement, headers)
    if (settlement.action === 'store')
      this.#pending = beginPage(this.#layer, forwarded, req, res, headers, settlement.how, now)
    else if (settlement.action === 'skip') this.#skip(settlement.reason)
    else this.#aside = settlement
    this.#tellLifetime(judgement, headers, now)
    this.#replacement = replacementFor(this.#layer, forwarded, req, res.statusCode, headers, now)
    // A new page that is not kept, or is filled for each request, goes out as it is.
    const asItIs = this.#pending === undefined || this.#holes?.body !== undefined
    if (this.#replacement === 'not-modified' && asItIs) this.#replacement = undefined
    if (this.#replacement !== undefined) return 'replace'
    if (methodToSettleBy(forwarded, req) !== 'POST') this.#say(forwarded, settlement)
    return this.#pending === undefined ? 'pass' : 'keep'
  }

  #showTags(headers: Headers): void {
    const { tagHeader, tags } = this.#layer.rules
    if (tagHeader === undefined) return
    const value = tagHeaderValue(tagHeader, ownTags(tags, this.#req, this.#res))
    if (value === undefined) return
    this.#res.setHeader(tagHeader, value)
    headers[tagHeader.toLowerCase()] = value
  }

  #settlement(forwarded: Forwarded, judgement: Judgement, headers: Headers): Settlement | Skipped {
    const [req, res] = [this.#req, this.#res]
    const method = methodToSettleBy(forwarded, req)
    const settlement = settle({
      method,
      status: res.statusCode,
      headers,
      judgement,
      stored: forwarded.stored,
      describesTarget: method === 'POST' && describesTarget(forwarded, req, headers),
      validating: forwarded.mode === 'conditional',
    })
    if (!judgement.storable && settlement.action !== 'freshen') return settlement
    this.#applicationRefusal = applicationRefusal(this.#layer, forwarded, req, res, headers)
    return this.#applicationRefusal === undefined
      ? settlement
      : { action: 'skip', reason: this.#applicationRefusal }
  }

  #settle(captured: Captured): void {
    const [forwarded, pending] = [this.#forwarded, this.#pending]
    if (forwarded === undefined) return
    if (this.#aside !== undefined) this.#settleAside(forwarded, this.#aside)
    if (pending === undefined) return
    const onWire = captured.headMayDiffer
      ? judgeWire(this.#layer, forwarded, pending, this.#req, this.#res)
      : undefined
    const fault = bodyFault(pending, forwarded, this.#req, this.#res, captured)
    const kept = bodyToStore(captured, this.#holes?.body, this.#res.hasHeader('content-encoding'))
    const reason = fault ?? (onWire?.storable === false ? onWire.reason : undefined)
    if (reason !== undefined || typeof kept === 'string') {
      this.#skip(reason ?? (typeof kept === 'string' ? kept : 'error'))
      return
    }
    const seen = onWire?.storable === true ? onWire : pending.how
    const how = { ...seen, vary: mergeVary(pending.how.vary, seen.vary) }
    const page = finishPage({ ...pending, how }, kept, this.#layer.rules.jitter)
    this.#keep(
      forwarded,
      (page.status === 206 && forwarded.stored && completedPage(forwarded.stored, page)) || page,
      how,
    )
  }

  /** RFC 9111 §4.3.5: what a HEAD says of the stored page. */
  #settleAside(forwarded: Forwarded, { action }: Settlement): void {
    if (forwarded.stored === undefined) return
    if (action === 'invalidate')
      return void dropVariant(forwarded.location, forwarded.seen.record, forwarded.requestHeaders)
    const headers = headersOf(this.#res)
    this.#holes?.asRendered(headers)
    const [layer, req, res] = [this.#layer, this.#req, this.#res]
    const { page, judgement } = freshenPage(layer, forwarded, forwarded.stored, req, res, headers, Date.now())
    this.#keep(forwarded, page, judgement)
  }

  /** Django tells clients too that a page is not to be kept, where the application's timeout says so; and a HEAD as its GET. */
  #tellLifetime(judgement: Judgement, headers: Headers, now: number): void {
    if (this.#layer.rules.policy !== 'django' || this.#applicationRefusal !== undefined) return
    const { lifetime } = judgement
    if (judgement.storable && this.#req.method !== 'HEAD') return
    const own = lifetime?.source === 'timeout' || lifetime?.source === 'site'
    if (judgement.storable) applyLifetime(this.#res, headers, judgement.lifetime.seconds, now)
    else if (own) applyLifetime(this.#res, headers, 0, now)
  }

  #keep(forwarded: Forwarded, page: Page, judgement: Judgement): void {
    const { meter } = forwarded.location.keys.cache
    if (!judgement.storable) {
      dropVariant(forwarded.location, forwarded.seen.record, forwarded.requestHeaders)
      this.#skip(judgement.reason)
      return
    }
    forwarded.render?.settle()
    const until = page.expires + judgement.keepStale * 1000
    const toStore = {
      page,
      vary: judgement.vary,
      headers: forwarded.requestHeaders,
      stored: forwarded.stored,
      render: forwarded.render,
      expires: Number.isFinite(until) ? until : null,
    }
    // A POST that has dropped its URL's pages was there when it did.
    const dropped = ownPurge.of(this.#req)
    const kept = after(dropped, (own) =>
      storePage(forwarded.location, { ...toStore, seen: own ?? forwarded.seen }),
    )
    rememberHost(forwarded.location.keys.cache, forwarded.location.origin)
    const settled = after(kept, (outcome) => {
      if (outcome === 'purged' || outcome === 'overtaken') return this.#skip(outcome)
      if (outcome === 'kept') meter.store()
      // Who waits for it can have it, whether or not the store would; not so in another process.
      const { vary, headers } = toStore
      forwarded.render?.finish({ kind: 'page', page, vary, headers }, outcome === 'lost' ? 'lost' : 'page')
    })
    if (isPromise(settled))
      forwarded.location.keys.cache.waitFor(settled.catch((error: unknown) => this.#fail(error)))
  }

  #skip(reason: SkipReason): void {
    const forwarded = this.#forwarded
    this.#pending = undefined
    if (forwarded === undefined) return
    forwarded.location.keys.cache.meter.skip(reason)
    forwarded.render?.finish({ kind: renderOutcome(reason, this.#res.statusCode) })
  }

  #say(forwarded: Forwarded, settlement: Settlement | Skipped): void {
    if (!this.#layer.rules.cacheStatus) return
    const stored = this.#pending !== undefined
    const detail = settlement.action === 'skip' ? settlement.reason : undefined
    appendCacheStatus(this.#res, formatCacheStatus({ fwd: forwarded.fwd, stored, detail }))
  }
}
