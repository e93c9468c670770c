import type { Eviction, Purge } from '../sample/events.js'
import type { LookUp } from '../sample/look-up.js'
import { type History, historyOf } from './history.js'
import { simulate } from './simulate.js'

/** Sample of one cache, as the rules look at it. */
export interface Sampled {
  /** Alias of the cache. */
  readonly cache: string
  /** In the order in which they came. */
  readonly lookUps: readonly LookUp[]
  readonly evictions: readonly Eviction[]
  readonly purges: readonly Purge[]
  /** Most bytes of the store, and the entries that it holds; undefined: it doesn't tell. */
  readonly limitBytes?: number | undefined
  readonly entries?: number | undefined
}

/** Milliseconds: of a shorter sample no figure for an hour is made. */
const SHORTEST = 60_000
const HOUR = 3_600_000

/** A sample with what all rules need of it, each worked out once. */
export class Examination {
  readonly cache: string
  /** All, with the requests of the cache's own. */
  readonly all: readonly LookUp[]
  /** Of clients. */
  readonly lookUps: readonly LookUp[]
  readonly routes: ReadonlyMap<string, readonly LookUp[]>
  readonly evictions: readonly Eviction[]
  readonly purges: readonly Purge[]
  readonly limitBytes: number | undefined
  readonly entries: number | undefined
  readonly hours: number
  readonly history: History
  /** Whether each of `all` is a hit, as the sample is simulated without a change. */
  readonly hits: Uint8Array

  constructor(sampled: Sampled) {
    this.cache = sampled.cache
    this.all = sampled.lookUps
    this.lookUps = this.all.filter(({ isOwn }) => !isOwn)
    this.routes = grouped(this.lookUps)
    this.evictions = sampled.evictions
    this.purges = sampled.purges
    this.limitBytes = sampled.limitBytes
    this.entries = sampled.entries
    const span = (this.all.at(-1)?.at ?? 0) - (this.all[0]?.at ?? 0)
    this.hours = Math.max(span, SHORTEST) / HOUR
    this.history = historyOf(this.all)
    this.hits = simulate(this.all, this.history, {})
  }
}

function grouped(lookUps: readonly LookUp[]): ReadonlyMap<string, readonly LookUp[]> {
  const routes = new Map<string, LookUp[]>()
  for (const lookUp of lookUps) {
    const route = routes.get(lookUp.route)
    if (route === undefined) routes.set(lookUp.route, [lookUp])
    else route.push(lookUp)
  }
  return routes
}
