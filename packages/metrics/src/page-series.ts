import { type ExchangeEvent, isOffloaded, isServed, REASONS, RESULTS, type Result } from '@sitecache/http'
import { NONE, OTHER } from './bounded-names.js'
import type { Families } from './families.js'
import type { HistogramSeries, NumberSeries } from './series.js'

/** Series of one route of a cache: kept, so that a hit looks up no labels. */
class RouteSeries {
  readonly #families: Families
  readonly #labels: readonly [cache: string, route: string]
  readonly #results = new Map<Result, NumberSeries>()
  readonly saved: NumberSeries
  #variants: NumberSeries | undefined

  constructor(families: Families, cache: string, route: string) {
    this.#families = families
    this.#labels = [cache, route]
    this.saved = families.sitecache_render_seconds_saved_total.under(cache, route)
  }

  count(result: Result): void {
    let series = this.#results.get(result)
    if (series === undefined) {
      series = this.#families.sitecache_requests_total.under(...this.#labels, result)
      this.#results.set(result, series)
    }
    series.value += 1
  }

  notStored(reason: string): void {
    const known = Object.hasOwn(REASONS, reason) ? reason : OTHER
    this.#families.sitecache_not_stored_total.under(...this.#labels, known).value += 1
  }

  rendered(why: 'visitor' | 'refresh' | 'warm', seconds: number): void {
    this.#families.sitecache_render_duration_seconds.under(...this.#labels, why).observe(seconds)
  }

  variants(count: number): void {
    this.#variants ??= this.#families.sitecache_variants_max.under(...this.#labels)
    if (count > this.#variants.value) this.#variants.value = count
  }
}

/** Series of the pages of one cache. */
export class PageSeries {
  readonly #families: Families
  readonly #cache: string
  readonly #version: string
  readonly #maxRoutes: number
  #policy: ExchangeEvent['policy'] | undefined
  readonly #routes = new Map<string, RouteSeries>()
  readonly #hit: HistogramSeries
  readonly #age: HistogramSeries
  readonly #bytes: Readonly<Record<ExchangeEvent['source'], NumberSeries>>

  constructor(
    families: Families,
    cache: string,
    { maxRoutes, version }: { maxRoutes: number; version: string },
  ) {
    this.#families = families
    this.#cache = cache
    this.#version = version
    this.#maxRoutes = maxRoutes
    this.#hit = families.sitecache_hit_duration_seconds.under(cache)
    this.#age = families.sitecache_page_age_seconds.under(cache)
    const bytes = families.sitecache_response_bytes_total
    this.#bytes = { cache: bytes.under(cache, 'cache'), handler: bytes.under(cache, 'handler') }
  }

  /** Counts an exchange. A request of the cache's own is a render, and no request. */
  add(event: ExchangeEvent): void {
    if (event.isPassedOn === true || !Object.hasOwn(RESULTS, event.result)) return
    const route = this.#route(event.route ?? NONE)
    const isRender = event.renderMs !== undefined && event.result !== 'bypass'
    if (isRender && event.status !== 0) route.rendered(whyOf(event.purpose), (event.renderMs ?? 0) / 1000)
    if (event.purpose !== undefined) return
    if (event.policy !== this.#policy) this.#noteInfo(event.policy)
    route.count(event.result)
    this.#bytes[event.source].value += event.bytes
    if (isServed(event.result)) this.#served(event, route)
    else this.#unserved(event, route)
    if (event.variants !== undefined) route.variants(event.variants)
    if (event.waitMs !== undefined)
      this.#families.sitecache_lock_wait_seconds.under(this.#cache).observe(event.waitMs / 1000)
  }

  #noteInfo(policy: ExchangeEvent['policy']): void {
    this.#policy = policy
    this.#families.sitecache_info.under(this.#version, policy).value = 1
  }

  #served(event: ExchangeEvent, route: RouteSeries): void {
    const { result } = event
    if (event.age !== undefined) this.#age.observe(event.age)
    if (isOffloaded(result)) route.saved.value += (event.savedMs ?? 0) / 1000
    if (result === 'collapsed') this.#families.sitecache_coalesced_total.under(this.#cache).value += 1
    else if (event.renderMs === undefined) this.#hit.observe(event.durationMs / 1000)
    if (event.forward !== undefined) this.#forwarded(event.forward)
  }

  #unserved(event: ExchangeEvent, route: RouteSeries): void {
    const { result, reason, forward } = event
    if (forward !== undefined) this.#forwarded(forward)
    if (reason !== undefined && result !== 'unsatisfiable') route.notStored(reason)
  }

  #forwarded(reason: string): void {
    this.#families.sitecache_forwards_total.under(this.#cache, reason).value += 1
  }

  #route(name: string): RouteSeries {
    const known = this.#routes.get(name)
    if (known !== undefined) return known
    const isRoom = this.#routes.size < this.#maxRoutes || name === OTHER
    if (!isRoom) return this.#route(OTHER)
    const series = new RouteSeries(this.#families, this.#cache, name)
    this.#routes.set(name, series)
    return series
  }
}

/** Names the reason of a render. A page is asked for once more, whole, for a client that waits. */
function whyOf(purpose: ExchangeEvent['purpose']): 'visitor' | 'refresh' | 'warm' {
  return purpose === 'refresh' || purpose === 'warm' ? purpose : 'visitor'
}
