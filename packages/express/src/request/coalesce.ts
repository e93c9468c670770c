import {
  formatCacheStatus,
  type HeaderMap,
  type Page,
  parseCacheControl,
  standsInForError,
  variantMaterial,
} from '@sitecache/http'
import { after } from '../node/maybe-promise.js'
import { isOwnRequest, lockOf } from '../node/own-requests.js'
import type { MaybePromise } from '../node/types.js'
import type { Found } from '../pages/find-page.js'
import type { Place } from '../pages/page-location.js'
import { type Flight, type Landing, type RenderLock, UNLOCKED } from '../pages/renders.js'
import { type Client, replay } from '../response/deliver.js'
import { exchangeOf, knownExchange } from '../state/request-state.js'
import { goOn } from './forward.js'
import type { Forwarded, LookedUp } from './located-request.js'
import { flightKey, lockName } from './render-key.js'
import { awaitLock, type Turn } from './wait-for-lock.js'

/** A request waits at most so often in vain: what broke twice is for each to see. */
const MAX_TURNS = 2

/** Looks up anew: the page that came wasn't this request's, or there came none. */
type Again = (it: LookedUp, now: number) => unknown

/**
 * Lets a request go on to the handler; or has it wait for the page that another one is having rendered, no longer than
 * `lockTimeout` since it came. With `lock` the other one may be another process's.
 */
export function forward(it: LookedUp, found: Found, decision: Forwarded, now: number, again: Again): unknown {
  const { layer, place, since, turn } = it
  const { flights } = place.keys
  const key = turn < MAX_TURNS ? flightKey(it, found, decision) : undefined
  const patience = layer.rules.lockTimeout
  const flight = key === undefined ? undefined : flights.find(key, now, patience)
  if (key === undefined || flight === 'unstorable') return goOn(it, found, decision, now, undefined)
  if (flight === undefined) return lead(it, found, decision, now, key, again)
  const longest = Math.min(flight.began + patience, since + patience) - now
  return flight.wait(longest).then((landing) => landed(it, found, decision, landing, again))
}

/** The first of this process to ask for a page. */
function lead(
  it: LookedUp,
  found: Found,
  decision: Forwarded,
  now: number,
  key: string,
  again: Again,
): unknown {
  const { layer, res, place } = it
  const { keys } = place
  const locks = layer.rules.lock && !keys.local
  const flight = keys.flights.begin(key, now, locks)
  flight.watch((gone) => (res.closed ? gone() : res.once('close', gone)))
  if (!locks) return goOn(it, found, decision, now, flight)
  const lock = lockBefore(it, key)
  if (lock !== undefined) {
    flight.hold(lock)
    return goOn(it, found, decision, now, flight)
  }
  return awaitLock(it, found, decision, key)
    .catch((error: unknown): Turn => {
      keys.cache.meter.error(error, 'lock')
      return { kind: 'render', found, decision, lock: undefined }
    })
    .then((turn) => takeTurn(it, decision, flight, turn, again))
}

/** The lock of a request that need not, or must not, wait for one; undefined: it is to be waited for. */
function lockBefore({ layer, req }: LookedUp, key: string): RenderLock | undefined {
  if (isOwnRequest(req)) {
    // Whoever made it has taken the lock, of one layer.
    const lock = lockOf(req)
    return lock?.name === lockName(layer.kind, key) ? lock : UNLOCKED
  }
  // A layer outside this one has taken a lock for it, at which the others wait. Where both keep the page under one key, it would wait for
  // itself.
  return knownExchange(req)?.locked === true ? UNLOCKED : undefined
}

function takeTurn(it: LookedUp, decision: Forwarded, flight: Flight, turn: Turn, again: Again): unknown {
  const now = Date.now()
  const gone = it.req.socket?.destroyed === true
  if (turn.kind === 'render' && !gone) {
    if (turn.lock !== undefined) exchangeOf(it.req).locked = true
    flight.hold(turn.lock ?? UNLOCKED)
    return goOn(it, turn.found, turn.decision, now, flight)
  }
  if (turn.kind === 'page') {
    flight.land({ ...turn, headers: { ...it.req.headers } })
    return gone ? undefined : sendCollapsed(it, decision, turn.page, now)
  }
  if (turn.kind === 'render') turn.lock?.release()
  flight.land({ kind: turn.kind === 'unstorable' ? 'unstorable' : 'changed' })
  return gone ? undefined : again({ ...it, turn: it.turn + 1 }, now)
}

function landed(it: LookedUp, found: Found, decision: Forwarded, landing: Landing, again: Again): unknown {
  const { req, place, turn } = it
  const now = Date.now()
  // Nobody is there any more for whom to render.
  if (req.socket?.destroyed === true) return undefined
  if (landing.kind === 'unstorable' || landing.kind === 'late')
    return goOn(it, found, decision, now, undefined)
  if (landing.kind === 'page' && sharesPage(place, req.headers, landing, now)) {
    const { page } = landing
    return after(isUpToDate(place, page, found), (upToDate) =>
      upToDate ? sendCollapsed(it, decision, page, now) : again({ ...it, turn: turn + 1 }, now),
    )
  }
  if (landing.kind === 'failed' && mayHaveStale(it, found, now)) return sendStale(it, found, decision, now)
  return again({ ...it, turn: turn + 1 }, now)
}

/** Tags are known when a page is there: one of them may have been purged since its rendering began, and before this request came. */
function isUpToDate({ keys, recordKey }: Place, page: Page, { epoch }: Found): MaybePromise<boolean> {
  if (!page.hasTags || page.since === epoch) return true
  const { tags, since } = page
  return after(keys.cache.tags.verdict({ key: recordKey, tags, since }, epoch), (it) => it === 'valid')
}

/** Is a page that another request had rendered also this one's (RFC 9111 §4.1)? */
function sharesPage(
  { selection }: Place,
  headers: HeaderMap,
  { page, vary, headers: others }: Extract<Landing, { kind: 'page' }>,
  now: number,
): boolean {
  const mine = variantMaterial(vary, headers, selection)
  return page.isFresh(now) && mine === variantMaterial(vary, others, selection)
}

/** The handler has just failed: who may have a stale page need not ask it again. */
function mayHaveStale({ layer, req }: LookedUp, { page }: Found, now: number): boolean {
  const { rules } = layer
  const control = rules.policy === 'django' ? undefined : parseCacheControl(req.headers['cache-control'])
  return page !== undefined && page.status !== 206 && standsInForError(page, rules, control, now)
}

function clientOf({ layer, req, res, place }: LookedUp): Client {
  return { layer, method: place.content?.method ?? 'GET', headers: req.headers, req, res }
}

function sendStale(it: LookedUp, { page }: Found, decision: Forwarded, now: number): unknown {
  if (page === undefined) return undefined
  it.place.keys.cache.meter.stale()
  return sendCollapsed(it, decision, page, now, 'stale-if-error')
}

/** Answers one that waited, with the page that came of it. */
function sendCollapsed(
  it: LookedUp,
  { reason }: Forwarded,
  page: Page,
  now: number,
  detail?: string,
): unknown {
  const status = formatCacheStatus({ fwd: reason, collapsed: true, ttl: page.ttl(now), detail })
  return replay(clientOf(it), page, now, it.layer.rules.cacheStatus ? status : undefined)
}
