import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cache } from '@sitecache/core'
import {
  type Forward,
  type HeaderMap,
  type LayerFacts,
  type Page,
  pageResponse,
  partialResponse,
  type Reason,
  type Result,
} from '@sitecache/http'
import { writerText } from '../inputs/field-writers.js'
import { quietly } from '../inputs/request-reads.js'
import { debugLine, requestLog } from '../node/debug.js'
import { responseField } from '../node/types.js'
import type { Exchange } from '../options/exchange.js'
import type { LastRender } from '../options/last-renders.js'
import type { Layer } from '../options/layer.js'
import type { PageLocation } from '../pages/page-location.js'
import { ExchangeReport, type ServedPage } from '../state/exchange-report.js'
import { LookUpNotes } from '../state/look-up-notes.js'
import type { OutcomeUnderWay } from '../state/outcome.js'
import {
  exposeRequestCache,
  hasRequestCache,
  isOutcomeNoted,
  isPlain,
  noteOutcome,
} from '../state/request-state.js'
import { isCounted } from '../state/uncounted.js'
import { lastRender } from './last-render.js'

/**
 * Where it is told how an exchange ends: as `req.cache.outcome`, in the counts of the cache, in the
 * line of NODE_DEBUG, and in the event `exchange`.
 */

/** An exchange with its report; undefined: the event is not heard. */
export interface ReportedExchange extends Exchange {
  readonly report: ExchangeReport | undefined
  /** Undefined for a request that nothing was looked up for. */
  readonly location?: Pick<PageLocation, 'debug' | 'keys' | 'recordKey'>
}

/** Begins the report of an exchange. Costs five comparisons while nobody listens. */
export function reportExchange(
  layer: Layer,
  cache: Cache,
  req: IncomingMessage,
  res: ServerResponse,
): ExchangeReport | undefined {
  const { meter } = cache
  if (!meter.isTold) return undefined
  const { sampler, lookUps } = meter
  const isNoted = sampler !== undefined || lookUps !== undefined
  const notes = isNoted ? new LookUpNotes(meter, req, res, factsOf(layer)) : undefined
  return new ExchangeReport({ meter, req, res, policy: layer.rules.policy, notes }, quietly)
}

function factsOf({ timeout, siteTimeout, rules }: Layer): LayerFacts {
  const lifetime = timeout === undefined ? siteTimeout : timeout
  const { query, maxVariants, jitter, staleWhileRevalidate, lock } = rules
  return {
    lifetime: lifetime ?? Number.POSITIVE_INFINITY,
    staleFor: staleWhileRevalidate ?? 0,
    isSorted: query === 'sorted',
    maxVariants,
    jitter,
    lock,
  }
}

/** Tells that a stored page has answered. To be called once it is out. */
export function tellServed(
  it: ReportedExchange,
  result: Result,
  reason: Reason | undefined,
  page: Page,
  now: number,
  forward?: Forward,
): void {
  const { layer, req, report, location } = it
  const { meter } = (location?.keys ?? layer.keys()).cache
  meter.result(result)
  exposeOutcome(req)
  const debug = location?.debug
  const isNoted = isOutcomeNoted(req)
  if (!isNoted && report === undefined && debug === undefined) return
  const [ttl, age] = [page.ttl(now), page.age(now)]
  if (isNoted) noteOutcome(req, { result, reason, ttl, age })
  debug?.end(result, reason, ttl)
  report?.served(result, reason, { page, ttl, age, bytes: bytesOf(it, page, now) }, forward)
}

/** Tells that a request was answered without a page, or goes past the cache. */
export function tellUnserved(
  it: Pick<ReportedExchange, 'layer' | 'req' | 'report' | 'location'>,
  result: 'bypass' | 'unsatisfiable',
  reason: Reason,
  forward: Forward,
): void {
  const { layer, req, report, location } = it
  layer.keys().cache.meter.result(result)
  exposeOutcome(req)
  if (isOutcomeNoted(req)) noteOutcome(req, { result, reason })
  if (requestLog.enabled) (location?.debug ?? debugLine(req)).end(result, reason)
  if (result === 'bypass') report?.forwarded(forward)
  report?.ended(result, reason, undefined, undefined)
}

/**
 * Tells that nobody was left to answer before a handler was asked: the client has gone, or
 * something else has answered.
 */
export function tellLeft({ layer, req, report }: Pick<ReportedExchange, 'layer' | 'req' | 'report'>): void {
  const { meter } = layer.keys().cache
  if (isCounted(req)) meter.result('unstorable')
  meter.skip('aborted')
  report?.ended('unstorable', 'aborted', undefined, undefined)
}

/**
 * Makes `req.cache.outcome` available also where no handler runs: free where an application's
 * prototype has it, and too dear for each hit elsewhere.
 */
function exposeOutcome(req: IncomingMessage): void {
  if (!isPlain(req) && !hasRequestCache(req) && 'app' in req) exposeRequestCache(req)
}

/** Bytes of the body that `deliver` has sent of a page; its holes are not counted. */
function bytesOf({ method, headers, res }: Exchange, page: Page, now: number): number {
  const statusCode = responseField(res, 'statusCode')
  if (method === 'HEAD' || statusCode === 304 || statusCode === 416) return 0
  if (statusCode !== 206 || page.status === 206) return page.body.length
  const answer = pageResponse(page, method, headers, now)
  return answer.kind === 'partial' ? partialResponse(page, answer.slices).body.length : page.body.length
}

/** Field that keeps a response from being stored, and the code that wrote it, for the log. */
function noteOf(last: LastRender | undefined): string | undefined {
  return last?.by && `${last.by.field} ${writerText(last.by)}`
}

/** Tells how the exchange ends of a request that goes on to the handler: exactly once. */
export class ForwardedTold {
  readonly #exchange: ReportedExchange
  readonly #outcome: OutcomeUnderWay
  #served: { readonly page: Page; readonly now: number } | undefined
  #isEnded = false

  constructor(exchange: ReportedExchange, forward: Forward) {
    this.#exchange = exchange
    this.#outcome = { result: 'unstorable', reason: 'aborted' }
    // An inner layer that is reached replaces it.
    noteOutcome(exchange.req, this.#outcome)
    exchange.report?.forwarded(forward)
  }

  /**
   * The handler's head was judged: what is to come of it, as Cache-Status says.
   *
   * @param reason for which it is not stored; undefined: it is to be
   */
  judged(reason: Reason | undefined): void {
    const { report } = this.#exchange
    report?.headed()
    if (this.#isEnded || this.#served !== undefined) return
    this.#outcome.result = reason === undefined ? 'miss' : 'unstorable'
    this.#outcome.reason = reason
    report?.told(this.#outcome)
  }

  /** The handler has written its head; inputs are what the page depends on. */
  seesHead(inputs: readonly string[], headers: HeaderMap): void {
    this.#exchange.report?.notes?.headed(inputs, headers)
  }

  /** Whether a sampler is told of it. */
  get isSampled(): boolean {
    return this.#exchange.report?.notes?.isSampled === true
  }

  /** Another process has stored this page since the look-up. */
  seesAnother(): void {
    const notes = this.#exchange.report?.notes
    if (notes !== undefined) notes.isRepeated = true
  }

  /** A stored page is sent in place of the handler's response. */
  serves(result: 'revalidated' | 'stale', page: Page, now: number): void {
    this.#exchange.report?.headed()
    this.#served = { page, now }
    const reason = result === 'stale' ? 'stale-if-error' : undefined
    Object.assign(this.#outcome, { result, reason, ttl: page.ttl(now), age: page.age(now) })
    this.#exchange.report?.told(this.#outcome)
  }

  /** The exchange has ended. Later ends are ignored. */
  ended(result: 'miss' | 'unstorable', reason?: Reason, page?: Page): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const outcome = this.#outcome
    if (this.#served === undefined) {
      outcome.result = result
      outcome.reason = reason
      outcome.ttl = page?.ttl(Date.now())
    }
    const { layer, req, report, location, res } = this.#exchange
    report?.notes?.stored(page)
    const last = this.#served === undefined ? lastRender(res, result, outcome.reason) : undefined
    // A HEAD that found no page says nothing of the GET.
    if (location !== undefined && last !== undefined && reason !== 'method')
      layer.lastRenders.note(location.recordKey, last)
    location?.debug?.end(outcome.result, outcome.reason, outcome.ttl, noteOf(last))
    if (isCounted(req)) layer.keys().cache.meter.result(outcome.result)
    report?.ended(outcome.result, outcome.reason, this.#servedPage(), outcome.ttl)
  }

  #servedPage(): ServedPage | undefined {
    if (this.#served === undefined) return undefined
    const { page, now } = this.#served
    return { page, bytes: bytesOf(this.#exchange, page, now), age: page.age(now), ttl: page.ttl(now) }
  }
}
