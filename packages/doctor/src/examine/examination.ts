import type { CachePurge, DroppedPage } from '../sample/events.js'
import type { LookUp } from '../sample/look-up.js'
import { type Fates, historyOf } from './history.js'
import { type PartCounts, partCounts } from './part-counts.js'
import { simulate } from './simulate.js'
import { filtered, forEach, type Steps } from './steps.js'

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

/** The look-ups of a cache, or of one of its routes. */
interface Part {
  readonly all: readonly LookUp[]
  readonly lookUps: readonly LookUp[]
  readonly history: Fates
}

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
  readonly history: Fates
  readonly #shared: Shared
  #hits: Uint8Array | undefined
  #routes: ReadonlyMap<string, Examination> | undefined
  #inputs: ReadonlyMap<string, PartCounts> | undefined
  #params: ReadonlyMap<string, PartCounts> | undefined

  constructor({ all, lookUps, history }: Part, shared: Shared) {
    this.cache = shared.sampled.cache
    this.all = all
    this.lookUps = lookUps
    this.history = history
    this.#shared = shared
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

  /** Whether each of `all` is a hit, as the sample is simulated without a change. */
  *hits(): Steps<Uint8Array> {
    this.#hits ??= yield* simulate(this.all, this.history, {})
    return this.#hits
  }

  /** Values of each input of the clients' look-ups, by its name. */
  *inputs(): Steps<ReadonlyMap<string, PartCounts>> {
    this.#inputs ??= yield* partCounts(this.lookUps, 'eachInput')
    return this.#inputs
  }

  /** Values of each parameter of the clients' look-ups, by its name. */
  *params(): Steps<ReadonlyMap<string, PartCounts>> {
    this.#params ??= yield* partCounts(this.lookUps, 'eachParam')
    return this.#params
  }

  /** The look-ups of each route: their pages are no other route's. */
  *routes(): Steps<ReadonlyMap<string, Examination>> {
    this.#routes ??= yield* this.#byRoute()
    return this.#routes
  }

  *#byRoute(): Steps<ReadonlyMap<string, Examination>> {
    const parts = new Map<string, { all: LookUp[]; lookUps: LookUp[]; places: number[] }>()
    yield* forEach(this.all, (lookUp, i) => {
      const part = parts.get(lookUp.route) ?? { all: [], lookUps: [], places: [] }
      if (part.all.length === 0) parts.set(lookUp.route, part)
      part.all.push(lookUp)
      part.places.push(i)
      if (!lookUp.isOwn) part.lookUps.push(lookUp)
    })
    const examined = [...parts].map(([name, { all, lookUps, places }]) => {
      const history = this.history.of(places)
      return [name, new Examination({ all, lookUps, history }, this.#shared)] as const
    })
    return new Map(examined)
  }
}

/** Examines the sample of a cache. */
export function* examine(sampled: Sampled): Steps<Examination> {
  const all = sampled.lookUps
  const lookUps = yield* filtered(all, ({ isOwn }) => !isOwn)
  const history = yield* historyOf(all)
  const shared = { sampled, total: lookUps.length, hours: hoursOf(all) }
  return new Examination({ all, lookUps, history }, shared)
}

function hoursOf(lookUps: readonly LookUp[]): number {
  const span = (lookUps.at(-1)?.at ?? 0) - (lookUps[0]?.at ?? 0)
  return Math.max(span, SHORTEST) / HOUR
}
