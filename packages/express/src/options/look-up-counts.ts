import type { Cache } from '@sitecache/core'
import type { LookUpWatcher } from '@sitecache/core/internal'
import {
  digest,
  fieldValue,
  isServed,
  type LookUpDetails,
  languageKey,
  pageKeyText,
  preferredLanguage,
  VaryRecord,
} from '@sitecache/http'
import { countedParts } from './counted-parts.js'
import { DistinctValues, type PartCount } from './distinct-values.js'

/** Milliseconds after the last explanation for which look-ups are counted. */
const HOUR = 3_600_000
/** Routes whose look-ups are counted: those that were asked for last. */
const MAX_ROUTES = 100
/** Distinct values that are kept, of all routes. */
const MAX_VALUES = 100_000
/** Look-ups between two of which the values are counted. */
const CHECK_EVERY = 200
/** Pages whose hits are counted: those that were asked for last. */
const MAX_PAGES = 10_000

/** Distinct values of each part of the keys, in the last look-ups of a route by this process. */
export interface RouteSplits {
  /** Look-ups that are counted: at most 1000. */
  readonly lookUps: number
  readonly parts: readonly PartCount[]
}

interface PageHits {
  count: number
  /** Hits that came before are not known. */
  readonly isPart: boolean
}

/**
 * Counts of a cache's look-ups by this process, for explanations: the hits of each page, and the
 * distinct values of each part of the keys. Within a bound, and only while somebody asks for
 * explanations.
 */
export class LookUpCounts implements LookUpWatcher {
  readonly #cache: Cache
  readonly #routes = new Map<string, DistinctValues>()
  readonly #hits = new Map<string, PageHits>()
  #sinceCheck = 0
  /** When it ends, in milliseconds since the epoch. */
  #until = 0

  constructor(cache: Cache) {
    this.#cache = cache
  }

  /** Goes on until an hour after this time. */
  goOn(now: number): void {
    this.#until = Math.max(this.#until, now + HOUR)
  }

  take(details: LookUpDetails): void {
    const { meter } = this.#cache
    try {
      if (details.event.purpose === undefined) this.#countParts(details)
      this.#countHit(details)
    } catch (error) {
      // A fault here must break no request.
      meter.error(error, 'explain')
    }
    if (details.at > this.#until && meter.lookUps === this) meter.lookUps = undefined
  }

  /** @param route as its pages have it; '': none */
  splitsOf(route: string): RouteSplits | undefined {
    const values = this.#routes.get(route)
    return values && { lookUps: values.lookUps, parts: values.counts() }
  }

  /**
   * Returns the hits of a page since it was stored.
   *
   * @param hash digest in its key
   * @returns undefined where they are not known: it was stored before the count began, or elsewhere
   */
  hitsOf(hash: string): number | undefined {
    const hits = this.#hits.get(hash)
    return hits === undefined || hits.isPart ? undefined : hits.count
  }

  #countParts(details: LookUpDetails): void {
    const { route = '' } = details.event
    const values = this.#routes.get(route) ?? new DistinctValues()
    this.#routes.delete(route)
    this.#routes.set(route, values)
    values.add(countedParts(details))
    if (this.#routes.size > MAX_ROUTES) this.#forgetRoute()
    this.#sinceCheck += 1
    if (this.#sinceCheck < CHECK_EVERY) return
    this.#sinceCheck = 0
    while (this.#routes.size > 1 && this.#size() > MAX_VALUES) this.#forgetRoute()
  }

  /** Forgets the route that was not asked for longest. */
  #forgetRoute(): void {
    const [oldest] = this.#routes.keys()
    if (oldest !== undefined) this.#routes.delete(oldest)
  }

  #size(): number {
    let size = 0
    for (const values of this.#routes.values()) size += values.size
    return size
  }

  /** Other processes may serve the pages of a store that they share. */
  #countHit(details: LookUpDetails): void {
    const { result } = details.event
    const isStored = result === 'miss'
    if (this.#cache.store.sync === undefined || !(isStored || isServed(result))) return
    const hash = this.#hashOf(details)
    if (hash === undefined) return
    const known = this.#hits.get(hash)
    this.#hits.delete(hash)
    const hits = isStored ? { count: 0, isPart: false } : (known ?? { count: 0, isPart: true })
    if (!isStored) hits.count += 1
    this.#hits.set(hash, hits)
    const [oldest] = this.#hits.keys()
    if (this.#hits.size > MAX_PAGES && oldest !== undefined) this.#hits.delete(oldest)
  }

  /** Returns the digest in the key of the page, as the record that is there now makes it. */
  #hashOf({ recordKey, extraKey, source, matching }: LookUpDetails): string | undefined {
    const record: unknown = this.#cache.store.sync?.peek(recordKey)?.value
    if (!(record instanceof VaryRecord)) return undefined
    const text = pageKeyText(record, extraKey, source, matching)
    const hash = text === undefined ? undefined : digest(text)
    if (hash !== undefined && record.variants.includes(hash)) return hash
    // A page in the one language that is wanted answers in its stead.
    const language = preferredLanguage(fieldValue(source.headers, 'accept-language'))
    return language === undefined ? undefined : record.languages?.get(languageKey(extraKey, language))
  }
}

/**
 * Has the look-ups of a cache counted: in development, and for an hour after each explanation.
 *
 * @param now Infinity: for ever
 */
export function countLookUps(cache: Cache, now = Date.now()): LookUpCounts {
  const known = lookUpCountsOf(cache)
  const counts = known ?? new LookUpCounts(cache)
  counts.goOn(now)
  cache.meter.lookUps = counts
  return counts
}

function lookUpCountsOf({ meter }: Cache): LookUpCounts | undefined {
  return meter.lookUps instanceof LookUpCounts ? meter.lookUps : undefined
}
