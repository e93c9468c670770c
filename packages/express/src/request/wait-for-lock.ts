import { pauseBefore } from '@sitecache/core/internal'
import type { Page } from '@sitecache/http'
import { isOpen } from '../node/open-response.js'
import { type Found, findPageAnew } from '../pages/find-page.js'
import type { PageLock, RenderNote } from '../pages/page-locks.js'
import { decide } from './decide.js'
import type { ForwardDecision, LocatedRequest } from './located-request.js'
import { lockName, renderKey } from './render-key.js'

/** How a wait for the lock of a page ended. */
export type Turn =
  /**
   * It is this one's turn to render; without a lock where waiting on would be of no use, or too
   * long.
   */
  | {
      readonly kind: 'render'
      readonly found: Found
      readonly decision: ForwardDecision
      readonly lock: PageLock | undefined
    }
  /** Another process has had it rendered. */
  | { readonly kind: 'page'; readonly page: Page; readonly names: readonly string[] }
  /** Another process found that it is nobody else's. */
  | { readonly kind: 'unstorable' }
  /**
   * The record of the URL has changed, by a purge or by another variant's page: it is another wait,
   * if any.
   */
  | { readonly kind: 'changed' }

/**
 * Takes the lock of a page that is to be rendered. While another process holds it, looks up the
 * page again and again, no longer than `lockTimeout` since the request came.
 *
 * The page is looked up also when the lock was free: it may have been stored, and the lock
 * released, since the last look-up.
 *
 * @param key of the flight
 */
export async function waitForLock(
  it: LocatedRequest,
  found: Found,
  decision: ForwardDecision,
  key: string,
): Promise<Turn> {
  const { layer, location, res } = it
  const { locks } = location.keys
  const { lockTimeout } = layer.rules
  const name = lockName(layer.kind, key)
  const deadline = performance.now() + lockTimeout - Math.max(0, Date.now() - it.since)
  let seen = { found, decision }
  for (let attempt = 0; ; attempt++) {
    const lock = await locks.take(name, lockTimeout)
    if (lock === 'no-store') return { kind: 'render', ...seen, lock: undefined }
    const [now, mark] = await Promise.all([findPageAnew(location), locks.mark(name)])
    const turn = turnBy(it, now, mark, key)
    if ('kind' in turn) {
      if (lock !== 'held') lock.release()
      return turn
    }
    // The clock of the tags as it was is older, which is safe; a look that failed has none.
    seen = { ...turn, found: { ...now, epoch: now.epoch || found.epoch } }
    if (lock !== 'held') {
      lock.isSecondTry = mark === 'failed' || mark === 'failing'
      return { kind: 'render', ...seen, lock }
    }
    const left = deadline - performance.now()
    if (left <= 0 || mark === 'failing') return { kind: 'render', ...seen, lock: undefined }
    // Nobody is there any more for whom to wait.
    if (!isOpen(res)) return { kind: 'changed' }
    await pause(Math.min(left, pauseBefore(attempt, Math.random)))
  }
}

/** Returns the end of the wait; else why the page is still to be rendered. */
function turnBy(
  it: LocatedRequest,
  found: Found,
  mark: RenderNote | undefined,
  key: string,
): Exclude<Turn, { kind: 'render' }> | { readonly decision: ForwardDecision } {
  const decision = decide(it, found, Date.now())
  if (decision.action === 'serve')
    return { kind: 'page', page: decision.page, names: found.record?.names ?? [] }
  if (decision.action === 'serve-stale' || decision.action === 'unsatisfiable') return { kind: 'changed' }
  if (renderKey(it, found, decision) !== key) return { kind: 'changed' }
  return mark === 'unstorable' ? { kind: 'unstorable' } : { decision }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
