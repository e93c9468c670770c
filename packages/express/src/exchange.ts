import type { IncomingMessage } from 'node:http'
import type { SiteRecording } from './update-cache.js'

const exchangeKey = Symbol('sitecache.exchange')

type WithExchange = IncomingMessage & { [exchangeKey]?: Exchange; cache?: unknown }

/** What is known about one request, by all layers of cache on its way. `req.cache` in a handler. */
export class Exchange {
  #skipped = false
  /** What `updateCache()` left for the `fetchFromCache()` below it. */
  site: SiteRecording | undefined

  get skipped(): boolean {
    return this.#skipped
  }

  /** Says that this response must not be stored, by any layer. Works until the head is sent. */
  skip(): void {
    this.#skipped = true
  }
}

/** The exchange of a request, made when first asked for. It shows as `req.cache` unless the application uses that name. */
export function exchangeOf(req: IncomingMessage): Exchange {
  const target = req as WithExchange
  const known = target[exchangeKey]
  if (known !== undefined) return known
  const exchange = new Exchange()
  target[exchangeKey] = exchange
  if (target.cache === undefined) target.cache = exchange
  return exchange
}

/** The exchange of a request, if a layer of cache has seen it. */
export function knownExchange(req: IncomingMessage): Exchange | undefined {
  return (req as WithExchange)[exchangeKey]
}
