import { decideResponse, type ResponseDecision, type Storability } from '@sitecache/http'
import { peekHoles } from '../holes/page-holes.js'
import { quietly } from '../inputs/request-reads.js'
import { applyLifetime } from '../node/patch-headers.js'
import { type Headers, headersOf } from '../node/response-headers.js'
import { takeTargetedControl } from '../state/targeted-control.js'
import { noLongerThanInside, withoutAddedLifetime } from './added-lifetime.js'
import { admissionOf, type StoredStatus } from './admission.js'
import { beginPage, type PendingPage } from './build-page.js'
import { memberOf, tellMember } from './cache-status.js'
import { keepEarlyHead } from './early-head.js'
import type { Forwarded } from './forwarded.js'
import { tellInputs } from './inputs-told.js'
import { applicationRefusal, describesTarget, judge, methodToDecideBy, type SkipReason } from './judge.js'
import { hasPassingNonce } from './nonce-fault.js'
import { ownTags, tagHeaderValue } from './page-tags.js'
import { type Replacement, replacementFor } from './replacement.js'
import type { Response } from './response.js'
import { asBeforeInnerPrivate, tellClients, tellUnkept } from './told-to-clients.js'

/** Decision about a response by its head. */
export type HeadDecision =
  /** The body is copied: a page of its own. */
  | { readonly action: 'store'; readonly pending: PendingPage }
  /**
   * The stored page is stored again with this head, or dropped, once the response has ended
   * (RFC 9111 §4.3.5).
   */
  | { readonly action: 'freshen' | 'invalidate'; readonly mayStore: boolean }
  | { readonly action: 'skip'; readonly reason: SkipReason; readonly mayStore: boolean }

/** A judged head, and what is to go out in place of the response. */
export interface JudgedHead {
  readonly decision: HeadDecision
  readonly replacement: Replacement | undefined
  readonly status: StoredStatus
}

/** Judges a response by its head, and changes the head as the rules of the layer say. */
export function judgeHead(response: Response, forwarded: Forwarded): JudgedHead {
  forwarded.reads.headTaken()
  const judged = quietly(response.req, () => judgeGuarded(response, forwarded))
  forwarded.reads.headSent()
  const status = statusOf(response, forwarded, judged.decision)
  forwarded.told?.judged(status.detail)
  return { decision: judged.decision, replacement: judged.replacement, status }
}

type Judged = Pick<JudgedHead, 'decision' | 'replacement'>

/**
 * A fault, such as one in a callback of the application, keeps the response from being stored. What
 * the handler was asked by the cache, and not by the client, still is not for the client.
 */
function judgeGuarded(response: Response, forwarded: Forwarded): Judged {
  try {
    return judgeQuietly(response, forwarded)
  } catch (error) {
    const { layer, res } = response
    layer.keys().cache.meter.error(error, 'store')
    const decision: HeadDecision = { action: 'skip', reason: 'error', mayStore: false }
    return {
      decision,
      replacement: replacementOf(response, forwarded, decision, headersOf(res), Date.now()),
    }
  }
}

function judgeQuietly(response: Response, forwarded: Forwarded): Judged {
  const { layer, req, res } = response
  const now = Date.now()
  const inputs = tellInputs(response, forwarded)
  const headers = headersOf(res)
  forwarded.told?.seesHead(inputs.names, headers)
  takeTargetedControl(req, res, headers)
  showTags(response, headers)
  const judged = withoutAddedLifetime(layer, req, asBeforeInnerPrivate(response, headers))
  const storability = noLongerThanInside(req, judge(layer, forwarded, res.statusCode, judged, now))
  const settlement = settleHead(response, forwarded, storability, headers)
  const refusal = mayBeKept(storability, settlement)
    ? (inputs.refusal ?? applicationRefusal(layer, forwarded, req, res, headers))
    : undefined
  const decision = decisionFor(response, forwarded, settlement, refusal, inputs.names, headers, now)
  if (refusal === undefined) tellHead(response, forwarded, storability, inputs.names, headers, now)
  if (decision.action === 'skip' && req.method !== 'HEAD') {
    tellUnkept(response, forwarded, inputs.names, headers, decision.reason)
    if (decision.reason !== 'skip') keepEarlyHead(response, forwarded, headers)
  }
  return { decision, replacement: replacementOf(response, forwarded, decision, headers, now) }
}

function settleHead(
  { req, res }: Response,
  forwarded: Forwarded,
  storability: Storability,
  headers: Headers,
): ResponseDecision {
  const method = methodToDecideBy(forwarded, req)
  return decideResponse({
    method,
    status: res.statusCode,
    headers,
    storability: storability,
    stored: forwarded.stored,
    describesTarget: method === 'POST' && describesTarget(forwarded, req, headers),
    validating: forwarded.mode === 'conditional',
  })
}

/** Callbacks of the application are asked only about responses that HTTP would let us keep. */
function mayBeKept(storability: Storability, { action }: ResponseDecision): boolean {
  return storability.storable || action === 'freshen'
}

function decisionFor(
  response: Response,
  forwarded: Forwarded,
  settlement: ResponseDecision,
  refusal: SkipReason | undefined,
  inputs: readonly string[],
  headers: Headers,
  now: number,
): HeadDecision {
  if (refusal !== undefined) return { action: 'skip', reason: refusal, mayStore: false }
  if (settlement.action === 'store')
    return { action: 'store', pending: beginPage(response, forwarded, headers, settlement.how, inputs, now) }
  return { ...settlement, mayStore: true }
}

/**
 * A new page that is filled for each request goes out as it is, and so does one that is not kept:
 * its 304 would stand for no stored page; but for a client that has that very page, and whose
 * conditions the handler was not asked.
 */
function replacementOf(
  { layer, req, res }: Response,
  forwarded: Forwarded,
  decision: HeadDecision,
  headers: Headers,
  now: number,
): Replacement | undefined {
  const replacement = replacementFor(layer, forwarded, req, res.statusCode, headers, now)
  const isKept = decision.action === 'store' || forwarded.mode === 'whole'
  const asItIs = !isKept || peekHoles(req)?.body !== undefined
  return replacement === 'not-modified' && asItIs ? undefined : replacement
}

/** Tells clients the tags of the page, where the option `tagHeader` asks for it. */
function showTags({ layer, req, res }: Response, headers: Headers): void {
  const { tagHeader, tags } = layer.rules
  if (tagHeader === undefined) return
  const value = tagHeaderValue(tagHeader, ownTags(tags, req, res))
  if (value === undefined) return
  res.setHeader(tagHeader, value)
  headers[tagHeader.toLowerCase()] = value
}

/**
 * Tells clients the lifetime of a response that is no page of its own: of a HEAD that of its GET;
 * of a page that the application's timeout keeps from caches, none (Django does both).
 */
function tellHead(
  response: Response,
  { location }: Forwarded,
  storability: Storability,
  inputs: readonly string[],
  headers: Headers,
  now: number,
): void {
  const { layer, req, res } = response
  if (layer.rules.policy !== 'django') return
  const { lifetime } = storability
  if (storability.storable && req.method !== 'HEAD') return
  const own = lifetime?.source === 'timeout' || lifetime?.source === 'site'
  if (storability.storable) tellClients(response, location, inputs, headers, storability, now)
  else if (own) applyLifetime(res, headers, 0, now)
}

/** Adds what was decided to Cache-Status (RFC 9211). */
export function tellStatus({ layer, req, res }: Response, forwarded: Forwarded, status: StoredStatus): void {
  if (!layer.rules.cacheStatus || methodToDecideBy(forwarded, req) === 'POST') return
  tellMember(req, res, memberOf(req, layer, { fwd: forwarded.fwd, ...status }))
}

/**
 * Returns whether a response will be stored, as far as its head tells; or why not. RFC 9211 §2.4,
 * §2.5: a store that has just failed will not have the page, and of one that may not keep it
 * nothing is said.
 */
function statusOf({ layer, req, res }: Response, forwarded: Forwarded, decision: HeadDecision): StoredStatus {
  if (decision.action === 'skip') return { detail: decision.reason }
  if (decision.action === 'invalidate') return {}
  if (forwarded.location.keys.cache.entries.isFailing) return { detail: 'store' }
  // RFC 9111 §4.3.5: its head is stored, of the page that is there.
  if (decision.action !== 'store') return { stored: true }
  const admission = admissionOf(forwarded, decision.pending, layer.rules.maxBodyBytes)
  // A body that names a nonce is not stored, and has not been seen yet. A hole may fill it.
  const mayNameNonce = peekHoles(req) === undefined && hasPassingNonce(res, decision.pending.head.headers)
  if (admission === 'kept') return mayNameNonce ? {} : { stored: true }
  return admission === 'refused' ? { detail: 'admission' } : {}
}
