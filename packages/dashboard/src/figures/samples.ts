import type { IncomingMessage } from 'node:http'
import type { CacheEventDetail } from '@sitecache/core'
import { isWithin } from '../shared/clock.js'
import type { SampledRequest } from '../shared/state.js'
import { shownUrl } from './shown-url.js'

const MOST = 300
const LONGEST = 2000
/** Milliseconds for which a sample stays before a newer one takes its place. */
const STAYS_MS = 1000

/** Headers that are of no visitor: browsers of many people send the same. */
const SHOWN: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'host',
  'pragma',
  'range',
  'upgrade',
])

/**
 * The last request of each route and reason that was not answered from the cache: URL, and headers
 * by an allow-list. Kept in this process alone.
 */
export class Samples {
  readonly #samples = new Map<string, SampledRequest>()

  add({ cache, route, reason, status }: CacheEventDetail, request: object, now: number): void {
    if (typeof reason !== 'string') return
    const key = keyOf(cache, String(route ?? '(none)'), reason)
    const known = this.#samples.get(key)
    if (known !== undefined && isWithin(STAYS_MS, known.at, now)) return
    if (known === undefined && this.#samples.size >= MOST) return
    this.#samples.set(key, sampleOf(request as IncomingMessage, Number(status), now))
  }

  /** @returns undefined: there is none of this route and reason */
  get(cache: string, route: string, reason: string): SampledRequest | undefined {
    return this.#samples.get(keyOf(cache, route, reason))
  }
}

function keyOf(...names: readonly string[]): string {
  return names.join('\0')
}

function sampleOf(request: IncomingMessage, status: number, at: number): SampledRequest {
  const { method = 'GET', headers } = request
  const { originalUrl } = request as { readonly originalUrl?: unknown }
  const url = typeof originalUrl === 'string' ? originalUrl : (request.url ?? '/')
  const names = Object.keys(headers).filter((name) => !name.startsWith(':'))
  const shown = names.filter((name) => SHOWN.has(name))
  return {
    at,
    status,
    method,
    url: shownUrl(url).slice(0, LONGEST),
    headers: Object.fromEntries(shown.map((name) => [name, String(headers[name]).slice(0, LONGEST)])),
    masked: names.filter((name) => !SHOWN.has(name)).slice(0, 50),
  }
}
