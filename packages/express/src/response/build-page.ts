import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodeHoles } from '@sitecache/core/internal'
import {
  type ContentRange,
  contentRangeOf,
  fieldValue,
  formatHttpDate,
  initialAge,
  Page,
  parseVary,
  type Storable,
} from '@sitecache/http'
import { inUtf8 } from '../capture/head-encoding.js'
import type { Captured } from '../capture/observer.js'
import { type HoledBody, peekHoles } from '../holes/page-holes.js'
import { RequestInputs } from '../inputs/request-inputs.js'
import { type Headers, hasTrailers } from '../node/response-headers.js'
import { routePattern } from '../node/route-pattern.js'
import type { Layer } from '../options/layer.js'
import { peekState } from '../state/request-state.js'
import { keepEarlyHead } from './early-head.js'
import type { Forwarded } from './forwarded.js'
import type { SkipReason } from './judge.js'
import { pageRulesOf } from './page-rules.js'
import { tagsOfPage } from './page-tags.js'
import type { Response } from './response.js'
import { declaredLength, type StoredHead, storedHead } from './stored-headers.js'
import { tellClients } from './told-to-clients.js'

/** A page whose head is known and whose body is being written. */
export interface PendingPage {
  readonly head: StoredHead
  /** Bytes that the head announces. */
  readonly declaredLength: number | undefined
  readonly how: Storable
  readonly initialAge: number
  readonly storedAt: number
  /** Milliseconds. */
  readonly renderMs: number
  readonly tags: readonly string[]
  /** The clock of the tags, before the handler ran. */
  readonly since: number
  /** Names of what it depends on. */
  readonly inputs: readonly string[]
  /** Content-Encoding of the body as it is kept; undefined: none. */
  readonly coding: string | undefined
  readonly variesByCoding: boolean
  /** Bytes that a 206 says it has. */
  readonly range: ContentRange | undefined
  /** Pattern of the route that rendered it. */
  readonly route: string | undefined
}

/** A body as it is kept: with the places of its holes, where it has any. */
export interface StoredBody {
  readonly body: Buffer
  readonly holes?: string
  readonly isHeadUtf8: boolean
}

/**
 * Returns the part of a response's body that is stored, between its holes if it has any; or why
 * none can be.
 *
 * @param encoded a layer on the way encoded it
 */
export function bodyToStore(
  { body, length, isHeadUtf8 }: Captured,
  filled: HoledBody | undefined,
  encoded: boolean,
): StoredBody | 'too-large' | 'holes' {
  if (filled === undefined) return { body, isHeadUtf8 }
  // A layer on the way wrote another body than the one that was filled: a hit would not show what
  // it did.
  if (!encoded && length !== filled.sent) return 'holes'
  const cut = filled.cutHoles()
  return typeof cut === 'string' ? cut : { body: cut.body, holes: encodeHoles(cut.holes), isHeadUtf8 }
}

/** Begins a page; under policy 'django' the response is told its lifetime. */
export function beginPage(
  response: Response,
  forwarded: Forwarded,
  headers: Headers,
  settled: Storable,
  inputs: readonly string[],
  now: number,
): PendingPage {
  const { layer, req, res } = response
  const { rules } = layer
  const how = endingWithItsParts(settled, peekState(req)?.ends, now)
  tellClients(response, forwarded.location, inputs, headers, how, now)
  keepEarlyHead(response, forwarded, headers)
  // Node would write a date of its own with the head: the page and its first visitor are told the
  // same (RFC 9110 §6.6.1).
  if (headers.date === undefined && res.sendDate) {
    headers.date = formatHttpDate(now)
    res.setHeader('Date', headers.date)
  }
  const priorHeaders = rules.headers === 'all' ? undefined : forwarded.priorHeaders
  return {
    head: storedHead(
      res,
      headers,
      priorHeaders,
      rules.setCookie === 'store',
      how.without,
      now,
      peekHoles(req)?.body !== undefined,
    ),
    declaredLength: declaredLength(headers),
    how,
    initialAge: initialAge(headers, forwarded.requestTime, now),
    storedAt: now,
    renderMs: Math.max(0, now - forwarded.requestTime),
    tags: tagsOfPage(layer, forwarded.location, req, res, headers),
    since: forwarded.epoch,
    inputs,
    coding: fieldValue(headers, 'content-encoding'),
    variesByCoding: parseVary(headers.vary).includes('accept-encoding'),
    range: contentRangeOf(headers),
    route: routePattern(req),
  }
}

/**
 * A page lives no longer than the parts of it that ask for that.
 *
 * @param ends milliseconds since the epoch
 */
function endingWithItsParts(how: Storable, ends: number | undefined, now: number): Storable {
  if (ends === undefined) return how
  const seconds = Math.max(0, Math.floor((ends - now) / 1000))
  return { ...how, lifetime: { ...how.lifetime, seconds: Math.min(how.lifetime.seconds, seconds) } }
}

/**
 * RFC 9110 §14.4, §15.3.7: a part is as long as its Content-Range says, unless a layer on the way
 * encoded it. A plain one that ends early holds the bytes from its first position on, and answers
 * for those.
 */
function isOfRange({ head, range, coding }: PendingPage, length: number): boolean {
  if (head.status !== 206 || range === undefined) return true
  const announced = range.end - range.start + 1
  return length === announced || (coding === undefined && length < announced)
}

/** Returns the fault of the body, or a refusal that came to light after the head. */
export function bodyFault(
  pending: PendingPage,
  forwarded: Forwarded,
  req: IncomingMessage,
  res: ServerResponse,
  { overflowed, length, isCutShort }: Captured,
): SkipReason | undefined {
  if (isCutShort) return 'aborted'
  if (overflowed) return 'too-large'
  if (res.destroyed || req.socket?.destroyed === true) return 'aborted'
  if ((pending.declaredLength ?? length) !== length || !isOfRange(pending, length)) return 'length'
  if (hasTrailers(res)) return 'trailers'
  if (peekState(req)?.skipped === true) return 'skip'
  const { source } = forwarded.location
  if (source instanceof RequestInputs && source.foreign?.haveChanged) return 'inputs'
  // Reads after the head was sent come too late for Vary.
  return forwarded.reads.refusalAtEnd()
}

/**
 * Returns the page, now that its body is there.
 *
 * @param how by the head that was sent. @default by the head as it left this layer
 */
export function finishPage(
  layer: Layer,
  pending: PendingPage,
  { body, holes, isHeadUtf8 }: StoredBody,
  how = pending.how,
): Page {
  const { head, initialAge, storedAt, renderMs, tags, since, route } = pending
  const { jitter } = layer.rules
  if (head.status !== 204) head.headers.push('Content-Length', String(body.length))
  const sent = isHeadUtf8 ? inUtf8(head.headers) : head.headers
  const [statusMessage = ''] = isHeadUtf8 ? inUtf8([head.statusMessage]) : [head.statusMessage]
  const { headers, lifetime, basis, directives } = pageRulesOf(layer, how, sent)
  // Each by its name: a spread in front of others takes V8 several microseconds.
  return new Page({
    status: head.status,
    statusMessage,
    headers,
    removed: head.removed,
    body,
    storedAt,
    initialAge,
    lifetime: jitter === 0 ? lifetime : lifetime * (1 - jitter * Math.random()),
    basis,
    directives,
    renderMs,
    tags,
    since,
    route,
    holes,
  })
}
