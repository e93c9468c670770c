import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodySample, Meter, TracedOutcome } from '@sitecache/core/internal'
import type { ExchangeEvent, Forward, Page, Policy, Reason, Result } from '@sitecache/http'
import { purposeOf } from '../node/own-requests.js'
import { routePattern } from '../node/route-pattern.js'
import { responseField } from '../node/types.js'
import { whenClosed } from '../node/when-closed.js'
import { BodyCount } from './body-count.js'
import type { LookUpNotes } from './look-up-notes.js'
import { RequestSlot } from './request-state.js'
import { countedBy, isCounted } from './uncounted.js'

/** Facts about a page that was served. */
export interface ServedPage {
  readonly page: Page
  /** Bytes of the response's body. */
  readonly bytes: number
  readonly age: number
  readonly ttl: number
}

/** Request whose exchange is reported. */
export interface ReportedRequest {
  readonly meter: Meter
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly policy: Policy
  readonly notes: LookUpNotes | undefined
}

/** Reports of the innermost layer of each cache that a request has left for its handler. */
const outerReports = new RequestSlot<Map<Meter, ExchangeReport>>()

/** Runs what reads a request so that no read counts as one of its handler's. */
export type Quietly = (req: IncomingMessage, run: () => void) => void

/** End of an exchange in which the request went on to the handler. */
interface End {
  readonly result: Result
  readonly reason: Reason | undefined
  readonly served: ServedPage | undefined
  readonly ttl: number | undefined
}

/**
 * Report of one exchange, which becomes its event `exchange`: exactly one, once the result is known
 * and the response is over. Made only where that event is heard.
 */
export class ExchangeReport {
  readonly #meter: Meter
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #policy: Policy
  readonly #purpose: ExchangeEvent['purpose']
  readonly #quietly: Quietly
  /** Facts for a sampler; undefined: there is none. */
  readonly notes: LookUpNotes | undefined
  readonly #began = performance.now()
  #lookedUp: number | undefined
  #variants: number | undefined
  #waitBegan: number | undefined
  #waitMs: number | undefined
  #forward: Forward | undefined
  #forwarded: number | undefined
  #headed: number | undefined
  #route: string | undefined
  readonly #body = new BodyCount()
  #end: End | undefined
  #isWatching = false
  #isClosed = false
  #isTold = false
  #isRendering = false
  #isPassedOn = false

  constructor({ meter, req, res, policy, notes }: ReportedRequest, quietly: Quietly) {
    this.#meter = meter
    this.#req = req
    this.#res = res
    this.#policy = policy
    this.#purpose = purposeOf(req)
    this.notes = notes
    this.#quietly = quietly
    outerReports.of(req)?.get(meter)?.passedOn()
  }

  /** Another layer of the same cache was reached, within this one: it counts the request. */
  passedOn(): void {
    this.#isPassedOn = true
    this.uncount()
  }

  /** The page was looked up; after a wait in vain there is another look, and the first counts. */
  lookedUp(variants: number | undefined): void {
    this.#lookedUp ??= performance.now()
    this.#variants = variants
    this.waited()
  }

  /** The request waits: its client may leave meanwhile, and then there is no other end. */
  waits(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    whenClosed(this.#res, () => this.#closed())
  }

  /** It waits for the render of another request. */
  waitsForRender(): void {
    this.#waitBegan ??= performance.now()
    this.waits()
  }

  waited(): void {
    if (this.#waitBegan === undefined) return
    this.#waitMs = (this.#waitMs ?? 0) + performance.now() - this.#waitBegan
    this.#waitBegan = undefined
  }

  /** The request goes on to the handler. */
  forwarded(forward: Forward): void {
    this.waited()
    const reports = outerReports.of(this.#req) ?? new Map<Meter, ExchangeReport>()
    outerReports.set(this.#req, reports.set(this.#meter, this))
    this.#forward = forward
    if (this.#forwarded === undefined && isRender(forward)) this.#beginRender()
    this.#forwarded ??= performance.now()
    if (!isRender(forward)) this.#body.begin(this.#req, this.#res)
    this.waits()
  }

  /** Returns where the body of the handler is to be shown, too. */
  bodySamples(): readonly BodySample[] {
    const sample = this.notes?.body()
    return sample === undefined ? [this.#body] : [this.#body, sample]
  }

  #beginRender(): void {
    if (!isCounted(this.#req)) return
    this.#isRendering = true
    this.#meter.rendering += 1
    countedBy(this.#req, this)
  }

  /** The request is no longer among those that are rendered. */
  uncount(): void {
    if (!this.#isRendering) return
    this.#isRendering = false
    this.#meter.rendering -= 1
  }

  /** Runs the handler, within a span where the cache is traced. */
  render<T>(run: () => T): T {
    const { tracer, alias } = this.#meter
    return tracer === undefined ? run() : tracer.render(this, alias, run)
  }

  /** Tells a tracer the outcome while its spans are open. */
  told(outcome: Pick<TracedOutcome, 'result' | 'reason' | 'ttl' | 'age'>, route = this.#route): void {
    this.#meter.tracer?.told(this, this.#meter.alias, { ...outcome, route, waitMs: this.#waitMs })
  }

  /** The handler has written its head. */
  headed(): void {
    this.#headed ??= performance.now()
    this.#route ??= routePattern(this.#req)
  }

  /** A page has answered the request, without the handler. */
  served(result: Result, reason: Reason | undefined, served: ServedPage, forward?: Forward): void {
    this.waited()
    this.#forward ??= forward
    // No object for each hit: a tracer is a rare listener.
    if (this.#meter.tracer !== undefined) this.#toldEnd({ result, reason, served, ttl: served.ttl })
    this.#tell(result, reason, served, served.ttl)
  }

  /** The exchange has ended without a page, or with the handler's response. */
  ended(
    result: Result,
    reason: Reason | undefined,
    served: ServedPage | undefined,
    ttl: number | undefined,
  ): void {
    this.#end ??= { result, reason, served, ttl }
    if (this.#meter.tracer !== undefined) this.#toldEnd(this.#end)
    if (this.#isClosed || !this.#isWatching) this.#tellEnd(this.#end)
  }

  #toldEnd({ result, reason, served, ttl }: End): void {
    this.told({ result, reason, ttl, age: served?.age }, served?.page.route || this.#route)
  }

  #closed(): void {
    this.#isClosed = true
    this.waited()
    if (this.#end !== undefined) this.#tellEnd(this.#end)
    // A render that goes on without its client ends by itself.
    else if (this.#forwarded === undefined) this.#tell('unstorable', 'aborted', undefined, undefined)
  }

  #tellEnd({ result, reason, served, ttl }: End): void {
    this.#tell(result, reason, served, ttl)
  }

  #tell(
    result: Result,
    reason: Reason | undefined,
    served: ServedPage | undefined,
    ttl: number | undefined,
  ): void {
    if (this.#isTold) return
    this.#isTold = true
    this.uncount()
    // A client has left, and the handler that goes on is watched still.
    if (this.#isWatching) this.#quietly(this.#req, () => this.#publish(result, reason, served, ttl))
    else this.#publish(result, reason, served, ttl)
  }

  #publish(
    result: Result,
    reason: Reason | undefined,
    served: ServedPage | undefined,
    ttl: number | undefined,
  ): void {
    const now = performance.now()
    const page = served?.page
    const route =
      page === undefined || page.route === '' ? (this.#route ?? routePattern(this.#req)) : page.route
    const event = {
      cache: this.#meter.alias,
      result,
      reason,
      forward: this.#forward,
      route,
      purpose: this.#purpose,
      policy: this.#policy,
      status: responseField(this.#res, 'headersSent') ? responseField(this.#res, 'statusCode') : 0,
      lookupMs: this.#lookedUp === undefined ? undefined : this.#lookedUp - this.#began,
      waitMs: this.#waitMs,
      renderMs: this.#forwarded === undefined ? undefined : (this.#headed ?? now) - this.#forwarded,
      savedMs: page?.renderMs,
      durationMs: now - this.#began,
      bytes: served === undefined ? this.#bytesSent() : served.bytes,
      source: served === undefined ? 'handler' : 'cache',
      age: served?.age,
      ttl,
      variants: this.#variants,
      isPassedOn: this.#isPassedOn || undefined,
    } satisfies ExchangeEvent
    // A stored page has answered without a handler that could have left its request out.
    if (this.#forwarded === undefined || isCounted(this.#req)) {
      this.#meter.exchange(event, this.#req)
      this.notes?.ended(event, page)
    }
    this.#meter.tracer?.ended(this, event)
  }

  /** Bytes of the handler's body; none where no handler was asked. */
  #bytesSent(): number {
    return this.#forwarded === undefined ? 0 : this.#body.of(this.#req, this.#res)
  }
}

/** Whether a request that goes on is one for a page. */
function isRender(forward: Forward | undefined): boolean {
  return forward !== 'bypass' && forward !== 'method'
}
