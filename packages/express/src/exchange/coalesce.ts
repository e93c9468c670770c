import {
  formatCacheStatus,
  type HeaderMap,
  type Page,
  parseCacheControl,
  standsInForError,
  variantMaterial,
} from '@sitecache/http'
import { after } from '../framework/maybe-promise.js'
import type { MaybePromise } from '../framework/types.js'
import type { Found, Known } from '../pages/find-page.js'
import type { Landing } from '../pages/flights.js'
import type { Place } from '../pages/place.js'
import { goOn } from './go-on.js'
import type { Forwarded, LookedUp } from './looked-up.js'
import { type Client, replay } from './replay.js'

/** Conditions by which a handler may answer a client less than a page. */
const conditions = ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'range'] as const

/** A request waits at most so often in vain: what broke twice is for each to see. */
const MAX_TURNS = 2

/**
 * Lets a request go on to the handler; or has it wait for the page that another one is having rendered, no longer than
 * `lockTimeout` since it came.
 *
 * @param again looks up anew: the page that came wasn't this request's, or there came none
 */
export function forward(
  it: LookedUp,
  found: Found,
  decision: Forwarded,
  now: number,
  again: (it: LookedUp, now: number) => unknown,
): unknown {
  const { layer, place, since, turn } = it
  const { flights } = place.keys
  const key = turn < MAX_TURNS ? flightKey(it, found, decision) : undefined
  const patience = layer.rules.lockTimeout
  const flight = key === undefined ? undefined : flights.find(key, now, patience)
  if (key === undefined || flight === 'unstorable') return goOn(it, found, decision, now, undefined)
  if (flight === undefined) return goOn(it, found, decision, now, flights.begin(key, now))
  const longest = Math.min(flight.began + patience, since + patience) - now
  return flight.wait(longest).then((landing) => landed(it, found, decision, landing, again))
}

function landed(
  it: LookedUp,
  found: Found,
  decision: Forwarded,
  landing: Landing,
  again: (it: LookedUp, now: number) => unknown,
): unknown {
  const { layer, req, place, turn } = it
  const now = Date.now()
  // Nobody is there any more for whom to render.
  if (req.socket?.destroyed === true) return undefined
  if (landing.kind === 'unstorable' || landing.kind === 'late')
    return goOn(it, found, decision, now, undefined)
  if (landing.kind === 'page' && sharesPage(place, req.headers, landing, now)) {
    const { page } = landing
    return after(isUpToDate(place, page, found), (upToDate) => {
      if (!upToDate) return again({ ...it, turn: turn + 1 }, now)
      const status = formatCacheStatus({ fwd: decision.reason, collapsed: true, ttl: page.ttl(now) })
      return replay(clientOf(it), page, now, layer.rules.cacheStatus ? status : undefined)
    })
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

/**
 * Under which name requests wait for one another; undefined: this one goes on by itself.
 *
 * Of a URL that is known, those wait together that have the same page; of one that isn't, all that differ by no more than Vary can
 * tell: the page shows whose it is. The fence is part of it: who comes after a purge doesn't wait for what began before.
 */
function flightKey(
  { layer, req, place }: LookedUp,
  known: Known,
  { action, reason }: Forwarded,
): string | undefined {
  if (!layer.rules.coalesce || reason === 'request' || action === 'complete') return undefined
  if (req.method !== 'GET' && place.content === undefined) return undefined
  const { headers } = req
  if (action === 'miss' && conditions.some((name) => headers[name] !== undefined)) return undefined
  const { keys, recordKey, fixed, selection } = place
  if (known.record !== undefined) return keys.page(known.record, fixed, headers, selection)
  const name = known.fence === '' ? recordKey : `${recordKey} ${known.fence}`
  return fixed === layer.plainMaterial ? name : `${name} ${fixed}`
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
  const { layer, place } = it
  if (page === undefined) return undefined
  place.keys.cache.meter.stale()
  const status = { fwd: decision.reason, collapsed: true, ttl: page.ttl(now), detail: 'stale-if-error' }
  return replay(clientOf(it), page, now, layer.rules.cacheStatus ? formatCacheStatus(status) : undefined)
}
