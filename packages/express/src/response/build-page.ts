import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodeHoles } from '@sitecache/core'
import { formatHttpDate, initialAge, Page, type Storable } from '@sitecache/http'
import type { Captured } from '../capture/capture.js'
import type { HoledBody } from '../holes/page-holes.js'
import { applyLifetime, hasVaryHeader } from '../node/patch-headers.js'
import type { Headers } from '../node/response-headers.js'
import type { Layer } from '../options/layer.js'
import { knownExchange } from '../state/request-state.js'
import type { Miss } from './forwarded.js'
import type { SkipReason } from './judge.js'
import { tagsOfPage } from './page-tags.js'
import { declaredLength, type StoredHead, storedHead } from './stored-headers.js'

/** A page whose head is known and whose body is being written. */
export interface Draft {
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
}

/** A body as it is kept: with the places of its holes, where it has any. */
export interface Kept {
  readonly body: Buffer
  readonly holes?: string
}

/**
 * What is kept of a response's body: of one with holes, what stands between them, or why nothing can be.
 *
 * @param encoded a layer on the way encoded it
 */
export function keptBody(
  { body, length }: Captured,
  filled: HoledBody | undefined,
  encoded: boolean,
): Kept | 'too-large' | 'holes' {
  if (filled === undefined) return { body }
  // A layer on the way wrote another body than the one that was filled: a hit would not show what it did.
  if (!encoded && length !== filled.sent) return 'holes'
  const pierced = filled.pierced()
  return typeof pierced === 'string' ? pierced : { body: pierced.body, holes: encodeHoles(pierced.holes) }
}

/** Begins a page; under policy 'django' the response is told its lifetime. */
export function draftPage(
  layer: Layer,
  miss: Miss,
  req: IncomingMessage,
  res: ServerResponse,
  headers: Headers,
  settled: Storable,
  now: number,
): Draft {
  const { rules } = layer
  const how = endingWithItsParts(settled, knownExchange(req)?.ends, now)
  if (rules.policy === 'django') applyLifetime(res, headers, how.lifetime.seconds, now)
  // Node would write a date of its own with the head: the page and its first visitor are told the same (RFC 9110 §6.6.1).
  if (headers.date === undefined && res.sendDate) {
    headers.date = formatHttpDate(now)
    res.setHeader('Date', headers.date)
  }
  const standing = rules.headers === 'all' ? undefined : miss.standing
  return {
    head: storedHead(
      res,
      headers,
      standing,
      rules.setCookie === 'store',
      how.without,
      now,
      knownExchange(req)?.holes?.body !== undefined,
    ),
    declaredLength: declaredLength(headers),
    how,
    initialAge: initialAge(headers, miss.requestTime, now),
    storedAt: now,
    renderMs: Math.max(0, now - miss.requestTime),
    tags: tagsOfPage(layer, miss.place, req, res, headers),
    since: miss.epoch,
  }
}

/** A page lives no longer than the parts of it that ask for that. @param ends milliseconds since the epoch */
function endingWithItsParts(how: Storable, ends: number | undefined, now: number): Storable {
  if (ends === undefined) return how
  const seconds = Math.max(0, Math.floor((ends - now) / 1000))
  return { ...how, lifetime: { ...how.lifetime, seconds: Math.min(how.lifetime.seconds, seconds) } }
}

/** What is wrong with the body, or came to light after the head. */
export function flawOf(
  draft: Draft,
  miss: Miss,
  req: IncomingMessage,
  res: ServerResponse,
  { overflowed, length }: Captured,
): SkipReason | undefined {
  if (overflowed) return 'too-large'
  if (res.destroyed || req.socket?.destroyed === true) return 'aborted'
  if ((draft.declaredLength ?? length) !== length) return 'length'
  if ((res as { _trailer?: string })._trailer) return 'trailers'
  if (knownExchange(req)?.skipped === true) return 'skip'
  // Read only after the head was sent: it is too late to say Vary: Cookie.
  return readsCookies(miss, req) && !hasVaryHeader(res, 'Cookie') ? 'signed-in' : undefined
}

/** Did the handler look at what comes from the visitor's cookies? */
export function readsCookies(miss: Miss, req: IncomingMessage): boolean {
  return miss.watch?.read === true || knownExchange(req)?.cookiesRead === true
}

/**
 * The page, now that its body is there.
 *
 * @param jitter share of its lifetime by which the page may turn stale earlier
 */
export function finishPage(
  { head, how, initialAge, storedAt, renderMs, tags, since }: Draft,
  { body, holes }: Kept,
  jitter: number,
): Page {
  const { seconds } = how.lifetime
  if (head.status !== 204) head.headers.push('Content-Length', String(body.length))
  return new Page({
    status: head.status,
    statusMessage: head.statusMessage,
    headers: head.headers,
    removed: head.removed,
    body,
    storedAt,
    initialAge,
    lifetime: jitter === 0 ? seconds : seconds * (1 - jitter * Math.random()),
    renderMs,
    tags,
    since,
    targeted: how.targeted,
    holes,
  })
}
