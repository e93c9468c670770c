import { after, type MaybePromise } from '@sitecache/core/internal'
import { inputsKeyText, type Page, parseCacheControl, staleMayReplaceError } from '@sitecache/http'
import { ownRequestOf } from '../node/own-requests.js'
import { whenClosed } from '../node/when-closed.js'
import type { Exchange } from '../options/exchange.js'
import type { Found } from '../pages/find-page.js'
import type { PageLocation } from '../pages/page-location.js'
import { type Render, type RenderLock, type RenderOutcome, UNLOCKED } from '../pages/renders.js'
import { memberOf } from '../response/cache-status.js'
import { deliver } from '../response/deliver.js'
import { tellServed } from '../response/exchange-told.js'
import { noteDelivered } from '../response/note-delivered.js'
import { peekState, stateOf } from '../state/request-state.js'
import { refreshLock } from './background-refresh.js'
import { forward } from './forward.js'
import type { ForwardDecision, LocatedRequest } from './located-request.js'
import { lockName, renderKey } from './render-key.js'
import { type Turn, waitForLock } from './wait-for-lock.js'

/**
 * Waits in vain after which a request waits no more: two renders that failed are for each to see.
 * One that brought another variant's page, or met a purge, counts half: of a URL that is not known
 * the first tells what it varies by.
 */
const MAX_TURNS = 4
const FAILED_TURNS = 2

/** Looks up anew: the page that came wasn't this request's, or there came none. */
type Retry = (it: LocatedRequest, now: number) => unknown

/**
 * Lets a request go on to the handler; or has it wait for the page that another one is having
 * rendered, no longer than `lockTimeout` since it came. With `lock` the other one may be another
 * process's.
 */
export function coalesce(
  it: LocatedRequest,
  found: Found,
  decision: ForwardDecision,
  now: number,
  retry: Retry,
): unknown {
  const { layer, req, location, since, turn } = it
  const { renders } = location.keys
  const key = turn < MAX_TURNS ? renderKey(it, found, decision) : undefined
  const patience = layer.rules.lockTimeout
  const render = key === undefined ? undefined : renders.find(key, now, patience)
  if (key === undefined || render === 'unstorable' || render?.isOf(req) === true)
    return forward(it, found, decision, now, undefined)
  if (render === undefined) return renderAsLeader(it, found, decision, now, key, retry)
  it.report?.waitsForRender()
  const longest = Math.min(render.began + patience, since + patience) - now
  return render
    .wait(longest, (leave) => whenClosed(it.res, leave))
    .then((outcome) => afterRender(it, found, decision, outcome, retry))
}

/** The first of this process to ask for a page. */
function renderAsLeader(
  it: LocatedRequest,
  found: Found,
  decision: ForwardDecision,
  now: number,
  key: string,
  retry: Retry,
): unknown {
  const { layer, req, location } = it
  const { keys } = location
  const locks = layer.rules.lock && !keys.local
  const render = keys.renders.begin(key, now, req, locks)
  if (!locks) return forward(it, found, decision, now, render)
  const lock = lockBefore(it, key)
  if (lock !== undefined) {
    render.hold(lock)
    return forward(it, found, decision, now, render)
  }
  it.report?.waitsForRender()
  return waitForLock(it, found, decision, key)
    .catch((error: unknown): Turn => {
      keys.cache.meter.error(error, 'lock')
      return { kind: 'render', found, decision, lock: undefined }
    })
    .then((turn) => afterLock(it, decision, render, turn, retry))
}

/**
 * The lock of a request that need not, or must not, wait for one; undefined: it is to be waited
 * for.
 */
function lockBefore({ layer, req }: LocatedRequest, key: string): RenderLock | undefined {
  if (ownRequestOf(req) !== undefined) {
    // Whoever made it has taken the lock, of one layer.
    const lock = refreshLock(req)
    return lock?.name === lockName(layer.kind, key) ? lock : UNLOCKED
  }
  // A layer outside this one has taken a lock for it, at which the others wait. Where both keep the
  // page under one key, it would wait for itself.
  return peekState(req)?.isLocked === true ? UNLOCKED : undefined
}

function afterLock(
  it: LocatedRequest,
  decision: ForwardDecision,
  render: Render,
  turn: Turn,
  retry: Retry,
): unknown {
  const now = Date.now()
  const gone = !it.arrived.isOpen()
  if (turn.kind === 'render' && !gone) {
    if (turn.lock !== undefined) stateOf(it.req).isLocked = true
    render.hold(turn.lock ?? UNLOCKED)
    return forward(it, turn.found, turn.decision, now, render)
  }
  if (turn.kind === 'page') {
    render.finish({ ...turn, source: it.location.source })
    return gone ? undefined : sendCollapsed(it, decision, turn.page, turn.names, now)
  }
  if (turn.kind === 'render') turn.lock?.release()
  render.finish({ kind: turn.kind === 'unstorable' ? 'unstorable' : 'changed' })
  return gone ? undefined : retry({ ...it, turn: it.turn + 1 }, now)
}

function afterRender(
  it: LocatedRequest,
  found: Found,
  decision: ForwardDecision,
  outcome: RenderOutcome,
  retry: Retry,
): unknown {
  const { location, turn } = it
  const now = Date.now()
  // Nobody is there any more for whom to render, or it was answered meanwhile.
  if (!it.arrived.isOpen()) return undefined
  if (outcome.kind === 'unstorable' || outcome.kind === 'late')
    return forward(it, found, decision, now, undefined)
  if (outcome.kind === 'page' && sharesPage(location, outcome, now)) {
    const { page, names } = outcome
    return it.arrived.afterWait(isUpToDate(location, page, found), (upToDate) =>
      upToDate ? sendCollapsed(it, decision, page, names, now) : retry({ ...it, turn: turn + 1 }, now),
    )
  }
  if (outcome.kind === 'failed' && mayHaveStale(it, found, now)) return sendStale(it, found, decision, now)
  return retry({ ...it, turn: turn + (outcome.kind === 'failed' ? FAILED_TURNS : 1) }, now)
}

/**
 * Tags are known when a page is there: one of them may have been purged since its rendering began,
 * and before this request came.
 */
function isUpToDate({ keys, recordKey }: PageLocation, page: Page, { epoch }: Found): MaybePromise<boolean> {
  if (!page.hasTags || page.since === epoch) return true
  const { tags, since } = page
  return after(keys.cache.tags.verdict({ key: recordKey, tags, since }, epoch), (it) => it === 'valid')
}

/** Is a page that another request had rendered also this one's (RFC 9111 §4.1)? */
function sharesPage(
  { source, matching }: PageLocation,
  { page, names, source: other }: Extract<RenderOutcome, { kind: 'page' }>,
  now: number,
): boolean {
  const mine = inputsKeyText(names, source, matching)
  return page.isFresh(now) && mine !== undefined && mine === inputsKeyText(names, other, matching)
}

/**
 * Whether a request may have a stale page, and need not ask the handler, which has just failed,
 * again.
 */
function mayHaveStale({ layer, headers }: LocatedRequest, { page }: Found, now: number): boolean {
  const { rules } = layer
  const control = rules.policy === 'django' ? undefined : parseCacheControl(headers['cache-control'])
  return page !== undefined && page.status !== 206 && staleMayReplaceError(page, rules, control, now)
}

/** Only a GET, or a request with a page for its content, waits for a render. */
function exchangeOf({ layer, req, res, headers, location }: LocatedRequest): Exchange {
  return { layer, method: location.body?.method ?? 'GET', headers, req, res }
}

function sendStale(
  it: LocatedRequest,
  { page, record }: Found,
  decision: ForwardDecision,
  now: number,
): unknown {
  if (page === undefined) return undefined
  it.location.keys.cache.meter.stale()
  return sendCollapsed(it, decision, page, record?.names ?? [], now, 'stale-if-error')
}

/** Answers one that waited, with the page that came of it. */
function sendCollapsed(
  it: LocatedRequest,
  { reason }: ForwardDecision,
  page: Page,
  names: readonly string[],
  now: number,
  detail?: 'stale-if-error',
): unknown {
  const { location } = it
  noteDelivered(it, location, page, names)
  it.report?.notes?.lookedUp(names)
  const told = { fwd: reason, collapsed: true, ttl: page.ttl(now), detail }
  const status = it.layer.rules.cacheStatus ? memberOf(it.req, it.layer, told) : undefined
  const sent = deliver(exchangeOf(it), page, now, status)
  const result = detail === undefined ? 'collapsed' : 'stale'
  return after(sent, () => tellServed(it, result, detail, page, now, reason))
}
