import type { LookUp } from '../sample/look-up.js'
import type { FatesInOrder } from './history.js'
import { Numbered } from './numbered.js'
import { forEach, type Steps } from './steps.js'

/** Changes under which a sample is simulated. What is left out stays as it was. */
export interface Plan {
  /** Key of the page. */
  readonly key?: (lookUp: LookUp, i: number) => number
  /** Whether a response would be stored. */
  readonly stores?: (lookUp: LookUp) => boolean
  /** Seconds for which a page would be fresh. */
  readonly lifetime?: (lookUp: LookUp) => number
  /** Seconds for which a stale page would be served. */
  readonly staleFor?: (lookUp: LookUp) => number
  /** Whether a page would be gone that was gone before its time. @default yes */
  readonly drops?: (lookUp: LookUp, i: number) => boolean
  /** Whether a page must be rendered, since by then it had changed. @default no */
  readonly isOutdated?: (lookUp: LookUp, i: number) => boolean
}

interface SimulatedPage {
  storedAt: number
  expires: number
  staleUntil: number
}

/**
 * Replays look-ups against a cache of one process with room for all pages. Pages that were gone
 * before their time, by a purge or for room, are gone here too.
 *
 * @returns 1 for each look-up that is served from the cache
 */
export function* simulate(lookUps: readonly LookUp[], history: FatesInOrder, plan: Plan): Steps<Uint8Array> {
  const numbers = new Numbered(lookUps.length)
  const pages: (SimulatedPage | undefined)[] = []
  const hits = new Uint8Array(lookUps.length)
  yield* forEach(lookUps, (lookUp, i) => {
    const key = numbers.of(plan.key?.(lookUp, i) ?? lookUp.key)
    const page = pages[key]
    if (lookUp.isOwn) {
      if (lookUp.result === 'miss') pages[key] = pageOf(lookUp, plan)
      return
    }
    const answer = page === undefined ? withoutPage(lookUp) : withPage(lookUp, i, page, history, plan)
    if (answer !== 'miss') hits[i] = 1
    if (answer === 'stale' || (answer === 'miss' && stores(lookUp, plan))) pages[key] = pageOf(lookUp, plan)
    // A page that was there before the sample began, or was stored by another process.
    if (answer === 'known') pages[key] = knownPage(lookUp, plan)
  })
  return hits
}

function withoutPage(lookUp: LookUp): 'known' | 'miss' {
  return lookUp.isServed ? 'known' : 'miss'
}

function withPage(
  lookUp: LookUp,
  i: number,
  page: SimulatedPage,
  history: FatesInOrder,
  plan: Plan,
): 'hit' | 'stale' | 'miss' {
  if (plan.isOutdated?.(lookUp, i) === true) return 'miss'
  const fate = history[i]
  const isDropped = fate?.isDropped === true && page.storedAt <= (fate.seenAt ?? 0)
  if (isDropped && (plan.drops?.(lookUp, i) ?? true)) return 'miss'
  if (lookUp.at < page.expires) return 'hit'
  if (lookUp.at < page.staleUntil) return 'stale'
  // A 304 of the handler brings it up to date.
  return lookUp.result === 'revalidated' || lookUp.result === 'collapsed' ? 'stale' : 'miss'
}

function stores(lookUp: LookUp, plan: Plan): boolean {
  if (lookUp.isHead) return false
  return plan.stores?.(lookUp) ?? (lookUp.result === 'miss' || lookUp.isServed)
}

function pageOf(lookUp: LookUp, plan: Plan): SimulatedPage {
  const { at, result, lifetime, layerLifetime, ttl } = lookUp
  const known = Number.isNaN(lifetime) ? layerLifetime : lifetime
  // A page lives from the end of its render on.
  const render = result === 'miss' && lifetime < ttl ? ttl - lifetime : 0
  return pageUntil(lookUp, at + (render + (plan.lifetime?.(lookUp) ?? known)) * 1000, plan)
}

function knownPage(lookUp: LookUp, plan: Plan): SimulatedPage {
  return pageUntil(lookUp, lookUp.at + lookUp.ttl * 1000, plan)
}

function pageUntil(lookUp: LookUp, expires: number, plan: Plan): SimulatedPage {
  const staleFor = plan.staleFor?.(lookUp) ?? lookUp.staleFor
  return { storedAt: lookUp.at, expires, staleUntil: expires + staleFor * 1000 }
}
