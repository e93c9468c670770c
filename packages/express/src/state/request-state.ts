import type { IncomingMessage } from 'node:http'
import type { PageHoles } from '../holes/page-holes.js'
import type { SiteRecording } from '../middleware/update-cache.js'
import { extendPrototype } from '../node/prototypes.js'
import type { MaybePromise } from '../node/types.js'
import type { Dropped } from '../pages/store-page.js'
import type { Reading } from './read-body.js'

const exchangeKey = Symbol('sitecache.exchange')

/** What is known about one request, by all layers of cache on its way. `req.cache` in a handler. */
export class Exchange {
  #skipped = false
  /** What `updateCache()` left for the `fetchFromCache()` below it. */
  site: SiteRecording | undefined
  /** The handler read cookies that a parser behind the look-up put on the request. */
  cookiesRead = false
  /** What the application gave the page to be invalidated with. */
  tags: Set<string> | undefined
  /** The earliest end that a part of the page asked for, in milliseconds since the epoch. */
  ends: number | undefined
  /** What an unsafe request that succeeded left of its URL's pages. */
  dropped: MaybePromise<Dropped> | undefined
  /** The request's content, or why it can't be had: once somebody has asked for it. */
  content: Reading | undefined
  /** A layer keeps pages for it: whatever its method says, it changes nothing. */
  onlyAsks = false
  /** It is rendered under a lock that other processes respect. */
  locked = false
  /** What the response said to sitecache alone; no longer on the response. */
  ownControl: string | undefined
  /** What is known of the holes in its page. */
  holes: PageHoles | undefined

  get skipped(): boolean {
    return this.#skipped
  }

  /** Says that this response must not be stored, by any layer. Works until its end is written. */
  skip(): void {
    this.#skipped = true
  }
}

/** The exchange of a request, if one was asked for. */
export function knownExchange(req: IncomingMessage): Exchange | undefined {
  return Reflect.get(req, exchangeKey)
}

/** The exchange of a request, made when first asked for. */
export function exchangeOf(req: IncomingMessage): Exchange {
  const known = knownExchange(req)
  if (known !== undefined) return known
  const exchange = new Exchange()
  Object.assign(req, { [exchangeKey]: exchange })
  return exchange
}

/** Lets the handler say `req.cache.skip()`, unless the application uses that name. */
export function showExchange(req: IncomingMessage): void {
  if ('cache' in req || extendPrototype(req, withCache) !== undefined) return
  Object.assign(req, { cache: exchangeOf(req) })
}

/** `req.cache` for all requests of an application; one that sets its own has its own. */
function withCache(prototype: IncomingMessage): true {
  Object.defineProperty(prototype, 'cache', {
    configurable: true,
    get(this: IncomingMessage) {
      return exchangeOf(this)
    },
    set(this: IncomingMessage, value: unknown) {
      Object.defineProperty(this, 'cache', { value, writable: true, configurable: true, enumerable: true })
    },
  })
  return true
}
