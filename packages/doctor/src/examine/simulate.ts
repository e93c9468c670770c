import type { LookUp } from '../sample/look-up.js'
import type { Fates } from './history.js'
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
  /** Seconds for which a page that was there before the sample would still be fresh. */
  readonly ttl?: (lookUp: LookUp) => number
  /** Seconds for which a stale page would be served. */
  readonly staleFor?: (lookUp: LookUp) => number
  /** Whether a page would be gone that was gone before its time. @default yes */
  readonly drops?: (lookUp: LookUp, i: number) => boolean
  /** Whether a page must be rendered, since by then it had changed. @default no */
  readonly isOutdated?: (lookUp: LookUp, i: number) => boolean
}

/** Pages of a simulated cache by the number of their key, in columns: see `Fates`. */
class SimulatedPages {
  readonly #keys = new Numbered()
  readonly #storedAt: number[] = []
  readonly #expires: number[] = []
  readonly #staleUntil: number[] = []

  /** Returns the number of a key. */
  numberOf(key: number): number {
    const { count } = this.#keys
    const number = this.#keys.of(key)
    if (number === count) this.put(number, NOT_THERE, 0, 0)
    return number
  }

  has(number: number): boolean {
    return this.#storedAt[number] !== NOT_THERE
  }

  storedAt(number: number): number {
    return this.#storedAt[number] ?? NOT_THERE
  }

  isFresh(number: number, at: number): boolean {
    return at < (this.#expires[number] ?? 0)
  }

  isStaleButServed(number: number, at: number): boolean {
    return at < (this.#staleUntil[number] ?? 0)
  }

  put(number: number, storedAt: number, expires: number, staleUntil: number): void {
    this.#storedAt[number] = storedAt
    this.#expires[number] = expires
    this.#staleUntil[number] = staleUntil
  }
}

const NOT_THERE = Number.NEGATIVE_INFINITY

/**
 * Replays look-ups against a cache of one process with room for all pages. Pages that were gone
 * before their time, by a purge or for room, are gone here too.
 *
 * @returns 1 for each look-up that is served from the cache
 */
export function* simulate(lookUps: readonly LookUp[], history: Fates, plan: Plan): Steps<Uint8Array> {
  const pages = new SimulatedPages()
  const hits = new Uint8Array(lookUps.length)
  yield* forEach(lookUps, (lookUp, i) => {
    const number = pages.numberOf(plan.key?.(lookUp, i) ?? lookUp.key)
    if (lookUp.isOwn) {
      if (lookUp.result === 'miss') store(pages, number, lookUp, plan)
      return
    }
    const answer = pages.has(number) ? withPage(lookUp, i, pages, number, history, plan) : withoutPage(lookUp)
    if (answer !== 'miss') hits[i] = 1
    if (answer === 'stale' || (answer === 'miss' && stores(lookUp, plan))) store(pages, number, lookUp, plan)
    // A page that was there before the sample began, or was stored by another process.
    if (answer === 'known') {
      const ttl = plan.ttl?.(lookUp) ?? lookUp.ttl
      putUntil(pages, number, lookUp, lookUp.at + ttl * 1000, plan)
    }
  })
  return hits
}

function withoutPage(lookUp: LookUp): 'known' | 'miss' {
  return lookUp.isServed ? 'known' : 'miss'
}

function withPage(
  lookUp: LookUp,
  i: number,
  pages: SimulatedPages,
  number: number,
  history: Fates,
  plan: Plan,
): 'hit' | 'stale' | 'miss' {
  if (plan.isOutdated?.(lookUp, i) === true) return 'miss'
  const isDropped = history.isDropped(i) && pages.storedAt(number) <= (history.seenAt(i) ?? 0)
  if (isDropped && (plan.drops?.(lookUp, i) ?? true)) return 'miss'
  if (pages.isFresh(number, lookUp.at)) return 'hit'
  if (pages.isStaleButServed(number, lookUp.at)) return 'stale'
  // A 304 of the handler brings it up to date.
  return lookUp.result === 'revalidated' || lookUp.result === 'collapsed' ? 'stale' : 'miss'
}

function stores(lookUp: LookUp, plan: Plan): boolean {
  if (lookUp.isHead) return false
  return plan.stores?.(lookUp) ?? (lookUp.result === 'miss' || lookUp.isServed)
}

function store(pages: SimulatedPages, number: number, lookUp: LookUp, plan: Plan): void {
  const { at, result, lifetime, layerLifetime, ttl } = lookUp
  const known = Number.isNaN(lifetime) ? layerLifetime : lifetime
  // A page lives from the end of its render on.
  const render = result === 'miss' && lifetime < ttl ? ttl - lifetime : 0
  putUntil(pages, number, lookUp, at + (render + (plan.lifetime?.(lookUp) ?? known)) * 1000, plan)
}

function putUntil(pages: SimulatedPages, number: number, lookUp: LookUp, expires: number, plan: Plan): void {
  const staleFor = plan.staleFor?.(lookUp) ?? lookUp.staleFor
  pages.put(number, lookUp.at, expires, expires + staleFor * 1000)
}
