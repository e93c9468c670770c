import type { CachePurge, DroppedPage } from '../sample/events.js'
import type { LookUp } from '../sample/look-up.js'
import { type Fate, type FatesInOrder, historyOf } from './history.js'
import { simulate } from './simulate.js'

/** Sample of one cache, as the rules look at it. */
export interface Sampled {
  /** Alias of the cache. */
  readonly cache: string
  /** In the order in which they came. */
  readonly lookUps: readonly LookUp[]
  readonly evictions: readonly DroppedPage[]
  readonly purges: readonly CachePurge[]
  /** Most bytes of the store, and the entries that it holds; undefined: it doesn't tell. */
  readonly limitBytes?: number | undefined
  readonly entries?: number | undefined
}

/** Milliseconds: of a shorter sample no figure for an hour is made. */
const SHORTEST = 60_000
const HOUR = 3_600_000

/** Facts that the examinations of a cache and of its routes share. */
interface Shared {
  readonly sampled: Sampled
  readonly hours: number
  /** Look-ups of clients, on all routes. */
  readonly total: number
}

/** The look-ups of a cache, or of one of its routes, with what all rules need of them. */
export class Examination {
  readonly cache: string
  /** All, with the requests of the cache's own. */
  readonly all: readonly LookUp[]
  /** Of clients. */
  readonly lookUps: readonly LookUp[]
  readonly history: FatesInOrder
  /** Whether each of `all` is a hit, as the sample is simulated without a change. */
  readonly hits: Uint8Array
  readonly #shared: Shared
  #routes: ReadonlyMap<string, Examination> | undefined

  constructor(
    all: readonly LookUp[],
    history: FatesInOrder,
    shared: Pick<Shared, 'sampled'> & Partial<Shared>,
  ) {
    this.cache = shared.sampled.cache
    this.all = all
    this.lookUps = all.filter(({ isOwn }) => !isOwn)
    this.history = history
    this.hits = simulate(all, history, {})
    const { sampled, total = this.lookUps.length } = shared
    this.#shared = { sampled, total, hours: shared.hours ?? hoursOf(all) }
  }

  get hours(): number {
    return this.#shared.hours
  }

  get total(): number {
    return this.#shared.total
  }

  get evictions(): readonly DroppedPage[] {
    return this.#shared.sampled.evictions
  }

  get purges(): readonly CachePurge[] {
    return this.#shared.sampled.purges
  }

  get limitBytes(): number | undefined {
    return this.#shared.sampled.limitBytes
  }

  get entries(): number | undefined {
    return this.#shared.sampled.entries
  }

  /** The look-ups of each route: their pages are no other route's. */
  get routes(): ReadonlyMap<string, Examination> {
    this.#routes ??= this.#byRoute()
    return this.#routes
  }

  #byRoute(): ReadonlyMap<string, Examination> {
    const routes = new Map<string, { all: LookUp[]; history: Fate[] }>()
    this.all.forEach((lookUp, i) => {
      const fate = this.history[i]
      if (fate === undefined) return
      const route = routes.get(lookUp.route) ?? { all: [], history: [] }
      if (route.all.length === 0) routes.set(lookUp.route, route)
      route.all.push(lookUp)
      route.history.push(fate)
    })
    return new Map(
      [...routes].map(([name, { all, history }]) => [name, new Examination(all, history, this.#shared)]),
    )
  }
}

/** Examines the sample of a cache. */
export function examine(sampled: Sampled): Examination {
  const { lookUps } = sampled
  return new Examination(lookUps, historyOf(lookUps), { sampled })
}

function hoursOf(lookUps: readonly LookUp[]): number {
  const span = (lookUps.at(-1)?.at ?? 0) - (lookUps[0]?.at ?? 0)
  return Math.max(span, SHORTEST) / HOUR
}
