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
  type Out,
} from '../capture/capture.js'
import { after, isPromise } from '../framework/maybe-promise.js'
import type { MaybePromise } from '../framework/types.js'
import { OWN_CONTROL } from '../headers/own-control-name.js'
import { applyLifetime, patchVaryHeaders } from '../headers/patch-headers.js'
import { appendCacheStatus, type Headers, headersOf } from '../headers/response-headers.js'
import { type PageHoles, pageHolesOf } from '../holes/page-holes.js'
import type { Layer } from '../options/layer.js'
import { dropVariant, keepPage } from '../pages/keep-page.js'
import { noteOrigin } from '../pages/origins.js'
import { ownTags, tagHeaderValue } from '../pages/page-tags.js'
import { completedPage } from './complete.js'
import { type Draft, draftPage, finishPage, flawOf, keptBody, readsCookies } from './draft.js'
import { knownExchange } from './exchange.js'
import { freshenPage } from './freshen.js'
import { describesTarget, judge, landingOf, methodToSettleBy, objection, type SkipReason } from './judge.js'
import { judgeWire } from './judge-wire.js'
import type { Miss } from './miss.js'
import { takeOwnControl } from './own-control.js'
import { sendStandIn } from './send-stand-in.js'
import { mayStandIn, type StandIn, standInFor } from './stand-in.js'

/** A response that is captured, and who looks at it. */
export interface SiteCapture {
  readonly recording: Recording
  readonly capture: CaptureControl
}

/** Begins to capture a response for a layer of cache. */
export function captureFor(layer: Layer, req: IncomingMessage, res: ServerResponse): SiteCapture {
  const recording = new Recording(layer, req, res)
  if (holes.some) pageHolesOf(req).capturedBy(recording, layer.rules.maxBodyBytes)
  return { recording, capture: captureResponse(res, layer.rules.maxBodyBytes, recording) }
}

/** What the application had against keeping it counts as HTTP's own reasons do. */
interface Skipped {
  readonly action: 'skip'
  readonly reason: SkipReason
}

/** Judges a response as it is written, and keeps it as a page, or brings the stored one up to date, as it says. */
export class Recording implements CaptureObserver {
  readonly #layer: Layer
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  #miss: Miss | undefined
  #draft: Draft | undefined
  #standIn: StandIn | undefined
  #objection: SkipReason | undefined
  #patience: NodeJS.Timeout | undefined
  /** A page that is not the response's own: stored again, or dropped, when the response has ended. */
  #aside: Settlement | undefined

  constructor(layer: Layer, req: IncomingMessage, res: ServerResponse) {
    this.#layer = layer
    this.#req = req
    this.#res = res
  }

  /** The handler runs from here on. A response that is written before, or never gets here, is not kept. */
  begin(miss: Miss, capture: CaptureControl): void {
    this.#miss = miss
    const hasStale = mayStandIn(this.#layer, miss, miss.requestTime)
    if (miss.asked !== 'as-it-is' || hasStale) capture.hold()
    const { originTimeout } = this.#layer.rules
    if (hasStale && originTimeout !== undefined)
      this.#patience = setTimeout(() => capture.giveUp(), originTimeout).unref()
  }

  head(): 'keep' | 'pass' | 'replace' {
    clearTimeout(this.#patience)
    const verdict = this.#guarded(() => this.#judgeHead()) ?? 'pass'
    this.#miss?.restore()
    // What goes out in its place has a head of its own.
    if (verdict !== 'replace' && this.#holes?.body !== undefined && this.#holes.isOutermost(this))
      this.#holes.veil(this.#res)
    return verdict
  }

  /** Undefined in a process without holes, which pays no more for them. */
  get #holes(): PageHoles | undefined {
    return holes.some ? knownExchange(this.#req)?.holes : undefined
  }

  end(captured: Captured): void {
    this.#guarded(() => this.#settle(captured))
  }

  abandoned(): boolean {
    const miss = this.#miss
    if (miss === undefined || !mayStandIn(this.#layer, miss, Date.now())) return false
    clearTimeout(this.#patience)
    miss.restore()
    this.#standIn = 'stale'
    this.#res.statusCode = 504
    return true
  }

  replace(out: Out, captured: Captured): MaybePromise<void> {
    const [miss, standIn, draft] = [this.#miss, this.#standIn, this.#draft]
    if (miss === undefined || standIn === undefined) return undefined
    const holed = this.#holes?.body !== undefined
    this.#holes?.replacedBy(this)
    const newer = draft && !holed ? finishPage(draft, captured, this.#layer.rules.jitter) : undefined
    const flaw = draft && flawOf(draft, miss, this.#req, this.#res, captured)
    const sent = sendStandIn({
      layer: this.#layer,
      req: this.#req,
      res: this.#res,
      miss,
      standIn,
      newer,
      flawed: flaw !== undefined,
      out,
      keep: (page, judgement = draft?.how) => {
        if (judgement !== undefined && this.#objection === undefined)
          this.#guarded(() => this.#keep(miss, page, judgement))
      },
    })
    // Where nothing was kept, those who wait see for themselves.
    if (miss.flight?.settling !== true) miss.flight?.land({ kind: 'failed' })
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
    const [miss, req, res] = [this.#miss, this.#req, this.#res]
    if (miss === undefined) {
      res.removeHeader(OWN_CONTROL)
      return 'pass'
    }
    const now = Date.now()
    if (readsCookies(miss, req)) patchVaryHeaders(res, ['Cookie'])
    const headers = headersOf(res)
    takeOwnControl(req, res, headers)
    this.#showTags(headers)
    const judgement = judge(this.#layer, miss, res.statusCode, headers, now)
    const settlement = this.#settlement(miss, judgement, headers)
    if (settlement.action === 'store')
      this.#draft = draftPage(this.#layer, miss, req, res, headers, settlement.how, now)
    else if (settlement.action === 'skip') this.#skip(settlement.reason)
    else this.#aside = settlement
    this.#tellLifetime(judgement, headers, now)
    this.#standIn = standInFor(this.#layer, miss, req, res.statusCode, headers, now)
    // A new page that is not kept, or is filled for each request, goes out as it is.
    const asItIs = this.#draft === undefined || this.#holes?.body !== undefined
    if (this.#standIn === 'not-modified' && asItIs) this.#standIn = undefined
    if (this.#standIn !== undefined) return 'replace'
    if (methodToSettleBy(miss, req) !== 'POST') this.#say(miss, settlement)
    return this.#draft === undefined ? 'pass' : 'keep'
  }

  #showTags(headers: Headers): void {
    const { tagHeader, tags } = this.#layer.rules
    if (tagHeader === undefined) return
    const value = tagHeaderValue(tagHeader, ownTags(tags, this.#req, this.#res))
    if (value === undefined) return
    this.#res.setHeader(tagHeader, value)
    headers[tagHeader.toLowerCase()] = value
  }

  #settlement(miss: Miss, judgement: Judgement, headers: Headers): Settlement | Skipped {
    const [req, res] = [this.#req, this.#res]
    const method = methodToSettleBy(miss, req)
    const settlement = settle({
      method,
      status: res.statusCode,
      headers,
      judgement,
      stored: miss.stored,
      describesTarget: method === 'POST' && describesTarget(miss, req, headers),
      validating: miss.asked === 'whether-modified',
    })
    if (!judgement.storable && settlement.action !== 'freshen') return settlement
    this.#objection = objection(this.#layer, miss, req, res, headers)
    return this.#objection === undefined ? settlement : { action: 'skip', reason: this.#objection }
  }

  #settle(captured: Captured): void {
    const [miss, draft] = [this.#miss, this.#draft]
    if (miss === undefined) return
    if (this.#aside !== undefined) this.#settleAside(miss, this.#aside)
    if (draft === undefined) return
    const onWire = captured.headMayDiffer
      ? judgeWire(this.#layer, miss, draft, this.#req, this.#res)
      : undefined
    const flaw = flawOf(draft, miss, this.#req, this.#res, captured)
    const kept = keptBody(captured, this.#holes?.body, this.#res.hasHeader('content-encoding'))
    const reason = flaw ?? (onWire?.storable === false ? onWire.reason : undefined)
    if (reason !== undefined || typeof kept === 'string') {
      this.#skip(reason ?? (typeof kept === 'string' ? kept : 'error'))
      return
    }
    const seen = onWire?.storable === true ? onWire : draft.how
    const how = { ...seen, vary: mergeVary(draft.how.vary, seen.vary) }
    const page = finishPage({ ...draft, how }, kept, this.#layer.rules.jitter)
    this.#keep(miss, (page.status === 206 && miss.stored && completedPage(miss.stored, page)) || page, how)
  }

  /** RFC 9111 §4.3.5: what a HEAD says of the stored page. */
  #settleAside(miss: Miss, { action }: Settlement): void {
    if (miss.stored === undefined) return
    if (action === 'invalidate') return void dropVariant(miss.place, miss.seen.record, miss.requestHeaders)
    const headers = headersOf(this.#res)
    this.#holes?.unveil(headers)
    const [layer, req, res] = [this.#layer, this.#req, this.#res]
    const { page, judgement } = freshenPage(layer, miss, miss.stored, req, res, headers, Date.now())
    this.#keep(miss, page, judgement)
  }

  /** Django tells clients too that a page is not to be kept, where the application's timeout says so; and a HEAD as its GET. */
  #tellLifetime(judgement: Judgement, headers: Headers, now: number): void {
    if (this.#layer.rules.policy !== 'django' || this.#objection !== undefined) return
    const { lifetime } = judgement
    if (judgement.storable && this.#req.method !== 'HEAD') return
    const own = lifetime?.source === 'timeout' || lifetime?.source === 'site'
    if (judgement.storable) applyLifetime(this.#res, headers, judgement.lifetime.seconds, now)
    else if (own) applyLifetime(this.#res, headers, 0, now)
  }

  #keep(miss: Miss, page: Page, judgement: Judgement): void {
    const { meter } = miss.place.keys.cache
    if (!judgement.storable) {
      dropVariant(miss.place, miss.seen.record, miss.requestHeaders)
      this.#skip(judgement.reason)
      return
    }
    miss.flight?.settle()
    const until = page.expires + judgement.keepStale * 1000
    const keepable = {
      page,
      vary: judgement.vary,
      headers: miss.requestHeaders,
      stored: miss.stored,
      flight: miss.flight,
      expires: Number.isFinite(until) ? until : null,
    }
    // A POST that has dropped its URL's pages was there when it did.
    const dropped = knownExchange(this.#req)?.dropped
    const kept = after(dropped, (own) => keepPage(miss.place, { ...keepable, seen: own ?? miss.seen }))
    noteOrigin(miss.place.keys.cache, miss.place.origin)
    const settled = after(kept, (outcome) => {
      if (outcome === 'purged' || outcome === 'overtaken') return this.#skip(outcome)
      if (outcome === 'kept') meter.store()
      // Who waits for it can have it, whether or not the store would; not so in another process.
      const { vary, headers } = keepable
      miss.flight?.land({ kind: 'page', page, vary, headers }, outcome === 'lost' ? 'lost' : 'page')
    })
    if (isPromise(settled))
      miss.place.keys.cache.waitFor(settled.catch((error: unknown) => this.#fail(error)))
  }

  #skip(reason: SkipReason): void {
    const miss = this.#miss
    this.#draft = undefined
    if (miss === undefined) return
    miss.place.keys.cache.meter.skip(reason)
    miss.flight?.land({ kind: landingOf(reason, this.#res.statusCode) })
  }

  #say(miss: Miss, settlement: Settlement | Skipped): void {
    if (!this.#layer.rules.cacheStatus) return
    // RFC 9211 §2.4: a store that has just failed will not have it.
    const stored = this.#draft !== undefined && !miss.place.keys.cache.entries.isFailing
    const detail = settlement.action === 'skip' ? settlement.reason : undefined
    appendCacheStatus(this.#res, formatCacheStatus({ fwd: miss.forwarded, stored, detail }))
  }
}
