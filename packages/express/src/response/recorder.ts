import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, holes, isPromise, type MaybePromise } from '@sitecache/core/internal'
import type { Page, Storability } from '@sitecache/http'
import { withOwnBody } from '../capture/body.js'
import type {
  CaptureControl,
  Captured,
  CaptureObserver,
  HeadFate,
  ResponseWriter,
} from '../capture/observer.js'
import { type PageHoles, peekHoles } from '../holes/page-holes.js'
import { headersOf } from '../node/response-headers.js'
import { TARGETED_FIELD } from '../node/targeted-control-name.js'
import { type Closing, whenClosed } from '../node/when-closed.js'
import type { Layer } from '../options/layer.js'
import { dropVariant } from '../pages/store-page.js'
import { finishPage, type PendingPage } from './build-page.js'
import type { Forwarded } from './forwarded.js'
import { freshenPage } from './freshen.js'
import { inputsOf } from './inputs-told.js'
import { renderOutcome, replacedOutcome, type SkipReason } from './judge.js'
import { judgeHead, tellStatus } from './judge-head.js'
import type { PageReads } from './page-reads.js'
import { sendAsAskedPart } from './parts.js'
import { done, idle, type RecorderState } from './recorder-state.js'
import { resetHeaders, staleMayReplace, timeOf } from './replacement.js'
import type { Response } from './response.js'
import { sendReplacement } from './send-replacement.js'
import { faultAtEnd, pageAsSent, pageOf, storeResponse, takesLentBody } from './store-response.js'

/**
 * Judges a response as it is written, and stores it as a page, or brings the stored one up to date,
 * as the rules say.
 */
export class ResponseRecorder implements CaptureObserver {
  readonly #response: Response
  #state: RecorderState = idle
  #originTimer: NodeJS.Timeout | undefined

  constructor(layer: Layer, req: IncomingMessage, res: ServerResponse) {
    this.#response = { layer, req, res }
  }

  /**
   * Starts with the handler. A response that is written before, or never gets here, is not stored.
   */
  start(forwarded: Forwarded, capture: CaptureControl): void {
    const { layer, res } = this.#response
    this.#state = { kind: 'forwarded', forwarded }
    const hasStale = staleMayReplace(layer, forwarded, forwarded.requestTime)
    if (forwarded.mode !== 'plain' || hasStale) capture.hold()
    const { originTimeout } = layer.rules
    if (hasStale && originTimeout !== undefined)
      this.#originTimer = setTimeout(() => capture.giveUp(), originTimeout).unref()
    whenClosed(res, (how) => {
      if (how === 'taken') this.#closed(capture, how)
      // Behind whatever the end of the response has to tell.
      else setImmediate(() => this.#closed(capture, how))
    })
  }

  head(): HeadFate {
    clearTimeout(this.#originTimer)
    const state = this.#state
    const verdict = this.#guarded(() => this.#judge(state)) ?? 'pass'
    if (state.kind === 'forwarded') state.forwarded.restore()
    // A replacement has a head of its own.
    if (!verdict.startsWith('replace') && this.#holes?.body !== undefined && this.#holes.isOutermost(this))
      this.#holes.makePrivate(this.#response.res)
    return verdict
  }

  #judge(state: RecorderState): HeadFate {
    if (state.kind !== 'forwarded') {
      this.#response.res.removeHeader(TARGETED_FIELD)
      return 'pass'
    }
    const { forwarded } = state
    const written = headersOf(this.#response.res)
    const { decision, replacement, status } = judgeHead(this.#response, forwarded)
    if (replacement !== undefined) {
      this.#state = { kind: 'replacing', forwarded, replacement, decision }
      if (decision.action === 'skip') this.#count(forwarded, decision.reason)
      if (replacement === 'not-modified' && decision.action === 'skip')
        tellStatus(this.#response, forwarded, status)
      return timeOf(replacement, decision.action === 'store')
    }
    this.#state = { kind: 'sending', forwarded, decision, written }
    if (decision.action === 'skip') this.#skip(decision.reason)
    tellStatus(this.#response, forwarded, status)
    sendAsAskedPart(this.#response.res, forwarded, decision)
    return decision.action === 'store' ? 'keep' : 'pass'
  }

  /** Has the response that the application writes instead, an error page as a rule, judged anew. */
  headFailed(): void {
    const state = this.#state
    if (state.kind !== 'sending') return
    resetHeaders(this.#response.res, state.written)
    this.#state = { kind: 'forwarded', forwarded: state.forwarded }
  }

  written(): void {
    this.#reads?.written()
  }

  ending(chunk: unknown): void {
    this.#guarded(() => this.#reads?.endTaken(chunk))
  }

  get #reads(): PageReads | undefined {
    const state = this.#state
    return state.kind === 'idle' || state.kind === 'done' ? undefined : state.forwarded.reads
  }

  end(captured: Captured): void {
    this.#guarded(() => this.#settle(captured))
  }

  #settle(captured: Captured): void {
    const state = this.#state
    if (state.kind !== 'sending') return
    const { forwarded, decision } = state
    if (decision.action === 'store') {
      this.#storeOwn(forwarded, decision.pending, captured)
      return
    }
    const { stored } = forwarded
    if (decision.action === 'invalidate' && stored !== undefined) {
      dropVariant(forwarded.location, forwarded.known.record)
      forwarded.told?.ended('unstorable', 'outdated')
    }
    if (decision.action === 'freshen' && stored !== undefined) this.#freshen(forwarded, stored)
    this.#finish(forwarded, { kind: 'unstorable' })
  }

  #storeOwn(forwarded: Forwarded, pending: PendingPage, captured: Captured): void {
    const kept = captured.isLent && !takesLentBody(forwarded) ? withOwnBody(captured) : captured
    const stored = pageOf(this.#response, forwarded, pending, kept)
    if (typeof stored === 'string') this.#skip(stored)
    else this.#store(forwarded, stored.page, stored.how, stored.inputs)
  }

  /** RFC 9111 §4.3.5: a HEAD brings the stored page up to date. */
  #freshen(forwarded: Forwarded, stored: Page): void {
    const { layer, req, res } = this.#response
    const headers = headersOf(res)
    this.#holes?.asRendered(headers)
    const { page, storability } = freshenPage(layer, forwarded, stored, req, res, headers, Date.now())
    this.#store(forwarded, page, storability)
  }

  #store(forwarded: Forwarded, page: Page, storability: Storability, inputs: readonly string[] = []): void {
    if (!storability.storable) {
      dropVariant(forwarded.location, forwarded.known.record)
      this.#skip(storability.reason)
      return
    }
    this.#state = done
    const all = inputsOf(this.#response.req, forwarded, storability, inputs)
    storeResponse(this.#response, forwarded, page, storability, all)
  }

  abandoned(): boolean {
    const state = this.#state
    if (state.kind !== 'forwarded') return false
    const { forwarded } = state
    if (!staleMayReplace(this.#response.layer, forwarded, Date.now())) return false
    clearTimeout(this.#originTimer)
    forwarded.restore()
    this.#response.res.statusCode = 504
    this.#state = { kind: 'replacing', forwarded, replacement: 'stale', decision: undefined }
    return true
  }

  replace(out: ResponseWriter, captured: Captured): MaybePromise<void> {
    const state = this.#state
    if (state.kind !== 'replacing') return undefined
    const failed = (error: unknown): never => {
      this.#fail(error)
      throw error
    }
    try {
      const sent = this.#replace(state, out, captured)
      return isPromise(sent) ? sent.catch(failed) : sent
    } catch (error) {
      return failed(error)
    }
  }

  #replace(
    { forwarded, replacement, decision }: Extract<RecorderState, { kind: 'replacing' }>,
    out: ResponseWriter,
    captured: Captured,
  ): MaybePromise<void> {
    const response = this.#response
    const pending = decision?.action === 'store' ? decision.pending : undefined
    const fault = pending && faultAtEnd(response, forwarded, pending, captured)
    const isHoled = this.#holes?.body !== undefined
    this.#holes?.replacedBy(this)
    const mayStore = decision !== undefined && (decision.action === 'store' || decision.mayStore)
    const sent = sendReplacement({
      ...response,
      forwarded,
      replacement,
      newer:
        pending && !isHoled && !captured.isCutShort
          ? finishPage(response.layer, pending, captured)
          : undefined,
      fault,
      out,
      store: (page, storability = pending?.how, cookies = undefined) => {
        if (!mayStore || storability === undefined || this.#state.kind !== 'replacing') return
        this.#guarded(() => {
          const sent = pageAsSent(response, forwarded, page, storability, cookies)
          if (typeof sent === 'string') this.#skip(sent)
          else this.#store(forwarded, sent.page, sent.storability, pending?.inputs)
        })
      },
    })
    return after(sent, () => {
      // Where nothing was stored, the requests that wait see for themselves.
      if (this.#state.kind !== 'replacing') return
      const reason = decision?.action === 'skip' ? decision.reason : fault
      if (fault !== undefined) this.#count(forwarded, fault)
      forwarded.told?.ended('unstorable', replacement === 'refetched' ? replacement : (reason ?? 'outdated'))
      this.#finish(forwarded, { kind: replacedOutcome(replacement, reason) })
    })
  }

  overflowed(): void {
    this.#guarded(() => this.#skip('too-large'))
  }

  /** Settles a response that is gone; one that ended in any other way was settled before. */
  #closed(capture: CaptureControl, how: Closing): void {
    clearTimeout(this.#originTimer)
    capture.drop()
    // Another request has its connection taken off as well: none need wait for it.
    if (this.#state.kind !== 'idle' && this.#state.kind !== 'done')
      this.#skip('aborted', how === 'taken' ? 'unstorable' : undefined)
  }

  /** Undefined in a process without holes, which pays no more for them. */
  get #holes(): PageHoles | undefined {
    return holes.some ? peekHoles(this.#response.req) : undefined
  }

  /**
   * Keeps a fault of ours from the handler that writes its response: it is a count, and no page.
   */
  #guarded<T>(step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  #fail(error: unknown): void {
    this.#response.layer.keys().cache.meter.error(error, 'store')
    this.#skip('error')
  }

  #skip(reason: SkipReason, outcome = renderOutcome(reason, this.#response.res.statusCode)): void {
    const state = this.#state
    if (state.kind === 'idle' || state.kind === 'done') return
    this.#count(state.forwarded, reason)
    state.forwarded.told?.ended('unstorable', reason)
    this.#finish(state.forwarded, { kind: outcome })
  }

  #count({ location, trial }: Forwarded, reason: SkipReason): void {
    if (trial === undefined) location.keys.cache.meter.skip(reason)
    else trial.skipped(reason)
  }

  /** Ends the render: exactly once, for nothing leads out of `done`. */
  #finish(
    { render, reads }: Forwarded,
    outcome: { readonly kind: 'failed' | 'unstorable' | 'changed' },
  ): void {
    this.#state = done
    reads.stop()
    render?.finish(outcome)
  }
}
