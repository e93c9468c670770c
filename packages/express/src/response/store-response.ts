import type { Cache } from '@sitecache/core'
import { after, holes, isPromise, type MaybePromise } from '@sitecache/core/internal'
import { mergeInputs, Page, type Storability, type Storable } from '@sitecache/http'
import type { Captured } from '../capture/observer.js'
import { type HoledBody, peekHoles } from '../holes/page-holes.js'
import type { Headers } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { rememberHost } from '../pages/known-hosts.js'
import { learnInputs } from '../pages/learn-inputs.js'
import { type StoreOutcome, storePage } from '../pages/store-page.js'
import type { Purged } from '../purging/purge-pages.js'
import { RequestSlot } from '../state/request-state.js'
import { bodyFault, bodyToStore, finishPage, type PendingPage } from './build-page.js'
import { completedPage } from './combine-parts.js'
import type { Forwarded } from './forwarded.js'
import { renderOutcome, type SkipReason } from './judge.js'
import { judgeWire } from './judge-wire.js'
import { nonceFault } from './nonce-fault.js'
import { pageRulesOf } from './page-rules.js'
import type { Response } from './response.js'
import { declaredInputs } from './told-vary.js'

/** Fences that the purge by an unsafe request left, by cache, once that request succeeded. */
export const ownPurges = new RequestSlot<Map<Cache, MaybePromise<Purged>>>()

/** A page that may be stored, and what the rules said of it. */
export interface StorablePage {
  readonly page: Page
  readonly how: Storable
  /** Names of what it depends on. */
  readonly inputs: readonly string[]
}

/**
 * Whether a body is copied before its handler goes on, and may change it: by the store, since no
 * other than the store gets the page.
 */
export function takesLentBody({ location, render, told, trial }: Forwarded): boolean {
  if (trial !== undefined || told?.isSampled === true || render?.isAwaited === true) return false
  return location.keys.copiesBodies
}

/** Makes a page of a response that has ended; or says why it can't be stored after all. */
export function pageOf(
  { layer, req, res }: Response,
  forwarded: Forwarded,
  pending: PendingPage,
  captured: Captured,
): StorablePage | SkipReason {
  const fault = faultAtEnd({ layer, req, res }, forwarded, pending, captured)
  if (fault !== undefined) return fault
  const onWire = captured.headMayDiffer
    ? judgeWire({ layer, req, res }, forwarded, { ...pending, status: pending.head.status })
    : undefined
  if (onWire?.storable === false) return onWire.reason
  const body = bodyToStore(captured, holedBody(req), res.hasHeader('content-encoding'))
  if (typeof body === 'string') return body
  const refusal = forwarded.reads.refusalByBody(body.body)
  if (refusal !== undefined) return refusal
  // A hole's page is kept as it was before it was encoded.
  const coding = body.holes === undefined ? pending.coding : undefined
  const nonce = nonceFault(res, pending.head.headers, body.body, coding)
  if (nonce !== undefined) return nonce
  const known = onWire ?? pending.how
  const page = finishPage(layer, pending, body, known)
  layer.checks?.storing(page.headers)
  const { stored } = forwarded
  const inputs = mergeInputs(pending.inputs, declaredInputs(req, known.vary))
  return { page: (page.status === 206 && stored && completedPage(stored, page)) || page, how: known, inputs }
}

/** Returns why a page whose response has ended is not kept; what it read too late is learned. */
export function faultAtEnd(
  { layer, req, res }: Response,
  forwarded: Forwarded,
  pending: PendingPage,
  captured: Captured,
): SkipReason | undefined {
  const fault = bodyFault(pending, forwarded, req, res, captured)
  if (fault === 'inputs' && forwarded.trial === undefined) learnLate(layer, forwarded)
  return fault
}

/** Never throws. */
function learnLate(layer: Layer, { location, known, reads }: Forwarded): void {
  const { cache } = layer.keys()
  const fail = (error: unknown): void => cache.meter.error(error, 'store')
  try {
    const names = [...reads.lateNames]
    const learned = names.length === 0 ? undefined : learnInputs(location, known, names)
    if (isPromise(learned)) cache.waitFor(learned.catch(fail))
  } catch (error) {
    fail(error)
  }
}

/**
 * Returns a page that went out in place of its handler's response, by the head that was sent: what
 * layers outside said of it counts for every page.
 *
 * @param ownCookies Set-Cookie of the handler's response, which is its client's
 */
export function pageAsSent(
  response: Response,
  forwarded: Forwarded,
  page: Page,
  how: Storability,
  ownCookies: Headers[string],
): { readonly page: Page; readonly storability: Storability } | SkipReason {
  if (!how.storable) return { page, storability: how }
  const refusal = forwarded.reads.refusalByBody(page.body)
  if (refusal !== undefined) return refusal
  const { status, storedAt } = page
  const { field, targeted } = how
  const coding = page.header('content-encoding')
  const nonce = nonceFault(response.res, page.headers, page.body, coding)
  if (nonce !== undefined) return nonce
  const variesByCoding = how.vary.includes('accept-encoding')
  const onWire = judgeWire(response, forwarded, {
    status,
    storedAt,
    coding,
    variesByCoding,
    field,
    targeted,
    ownCookies,
  })
  if (onWire === undefined) return { page, storability: how }
  if (!onWire.storable) return { page, storability: onWire }
  const { headers, directives } = pageRulesOf(response.layer, onWire, page.headers)
  const lifetime = Math.min(page.lifetime, onWire.lifetime.seconds)
  return {
    page: new Page({ ...page, tags: page.tags, headers, directives, lifetime }),
    storability: { ...onWire, vary: [...how.vary, ...onWire.vary] },
  }
}

function holedBody(req: Response['req']): HoledBody | undefined {
  return holes.some ? peekHoles(req)?.body : undefined
}

/**
 * Stores a page, and ends its render when that is done. Never throws; a store that fails is an
 * event and a count.
 */
export function storeResponse(
  { layer, req, res }: Response,
  forwarded: Forwarded,
  page: Page,
  how: Storable,
  inputs: readonly string[],
): void {
  const { location, render, reads, told, trial } = forwarded
  const { cache } = location.keys
  if (trial !== undefined) {
    reads.stop()
    trial.stored(page, how, inputs)
    return
  }
  const skip = (reason: SkipReason): void => {
    cache.meter.skip(reason)
    told?.ended('unstorable', reason)
    render?.finish({ kind: renderOutcome(reason, res.statusCode) })
  }
  const fail = (error: unknown): void => {
    layer.keys().cache.meter.error(error, 'store')
    skip('error')
  }
  try {
    rememberHost(cache, location.origin)
    const settled = after(write(req, forwarded, page, how, inputs), (outcome) => {
      if (outcome === 'purged' || outcome === 'overtaken') return skip(outcome)
      tellStored(cache, told, outcome, page)
      // The requests that wait can have it, whether or not the store took it; not so in another
      // process.
      const shared = outcome === 'kept' ? 'page' : 'lost'
      render?.finish({ kind: 'page', page, names: inputs, source: location.source }, shared)
    })
    if (isPromise(settled)) {
      page.keepBody()
      cache.waitFor(settled.catch(fail))
    }
    reads.stop()
  } catch (error) {
    fail(error)
  }
}

/** Counts and tells of a page that was stored, or that waiting requests have all the same. */
function tellStored(
  { meter }: Cache,
  told: Forwarded['told'],
  outcome: Exclude<StoreOutcome, 'purged' | 'overtaken'>,
  page: Page,
): void {
  if (outcome === 'kept') {
    meter.store()
    told?.ended('miss', undefined, page)
    return
  }
  const reason = reasonOf(outcome)
  // The cache has counted what is over a limit, and a fault of its store as an error.
  if (reason !== 'too-large' && reason !== 'store') meter.skip(reason)
  told?.ended('unstorable', reason)
}

function reasonOf(outcome: Exclude<StoreOutcome, 'kept' | 'purged' | 'overtaken'>) {
  if (outcome === 'purged-by-tag') return 'purged'
  return outcome === 'lost' ? 'store' : outcome
}

/** A POST that has dropped its URL's pages stores its page under the fence of its own purge. */
function write(
  req: Response['req'],
  { location, known, stored, render, requestTime, told }: Forwarded,
  page: Page,
  { keepStale }: Storable,
  inputs: readonly string[],
): ReturnType<typeof storePage> {
  const until = page.expires + keepStale * 1000
  return after(ownPurges.of(req)?.get(location.keys.cache), (own) =>
    storePage(location, {
      page,
      inputs,
      stored,
      render,
      // A store of this process has no other one's pages.
      overlapped: told?.isSampled === true && !location.keys.local ? () => told.seesAnother() : undefined,
      expires: Number.isFinite(until) ? until : null,
      began: requestTime,
      known: own === undefined ? known : { record: undefined, fence: own.fence },
    }),
  )
}
