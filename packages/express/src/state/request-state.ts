import type { IncomingMessage } from 'node:http'
import { extendPrototype } from '../node/prototypes.js'
import type { BodyReading } from './read-body.js'

const stateKey = Symbol('sitecache.state')

/** What a handler can say about the caching of its own response: `req.cache`. */
export class RequestCache {
  #skipped = false

  /** True once `skip()` was called. */
  get skipped(): boolean {
    return this.#skipped
  }

  /** Says that this response must not be stored, by any layer. Works until the end of the response is written. */
  skip(): void {
    this.#skipped = true
  }
}

/** The one object on a request: what all layers of cache on its way know about it. */
export class RequestState {
  #cache: RequestCache | undefined
  /** Tags that the application gave the page. */
  tags: Set<string> | undefined
  /** Earliest end that a part of the page asked for, in milliseconds since the epoch. */
  ends: number | undefined
  /** Content of the request, or why it is not to be had; undefined until a layer asked for it. */
  body: BodyReading | undefined
  /** A layer stores responses to this QUERY or POST, so it must not invalidate its URL (RFC 9111 §4.4). */
  isSafe = false
  /** The handler runs under a lock that other processes respect. */
  isLocked = false
  /** The handler read cookies that a parser below the look-up put on the request. */
  cookiesRead = false
  /** Cache-Control to which sitecache itself has added `private`. */
  toldPrivate: string | undefined
  /** What the response said to sitecache alone (RFC 9213); no longer on the response. */
  targetedControl: string | undefined;
  [slot: symbol]: unknown

  /** What the handler sees as `req.cache`. */
  get cache(): RequestCache {
    this.#cache ??= new RequestCache()
    return this.#cache
  }

  /** Whether the handler said that the response must not be stored. */
  get skipped(): boolean {
    return this.#cache?.skipped === true
  }

  /** Gives the page tags. */
  addTags(tags: readonly string[]): void {
    this.tags ??= new Set()
    for (const tag of tags) this.tags.add(tag)
  }
}

/** A place in the state of each request for what one module alone knows: the state then needs none of its types. */
export class RequestSlot<T> {
  readonly #key = Symbol('sitecache.slot')

  of(req: IncomingMessage): T | undefined {
    return peekState(req)?.[this.#key] as T | undefined
  }

  set(req: IncomingMessage, value: T): void {
    stateOf(req)[this.#key] = value
  }
}

/** Returns the state of a request if there is one. */
export function peekState(req: IncomingMessage): RequestState | undefined {
  return Reflect.get(req, stateKey)
}

/** Returns the state of a request, which is made when it is first asked for. */
export function stateOf(req: IncomingMessage): RequestState {
  const known = peekState(req)
  if (known !== undefined) return known
  const state = new RequestState()
  Object.assign(req, { [stateKey]: state })
  return state
}

/** Makes `req.cache` available to the handler, unless the application uses that name itself. */
export function exposeRequestCache(req: IncomingMessage): void {
  if ('cache' in req || extendPrototype(req, withCache) !== undefined) return
  Object.assign(req, { cache: stateOf(req).cache })
}

/** Defines `req.cache` for all requests of an application; an application that sets its own keeps its own. */
function withCache(prototype: IncomingMessage): true {
  Object.defineProperty(prototype, 'cache', {
    configurable: true,
    get(this: IncomingMessage) {
      return stateOf(this).cache
    },
    set(this: IncomingMessage, value: unknown) {
      Object.defineProperty(this, 'cache', { value, writable: true, configurable: true, enumerable: true })
    },
  })
  return true
}
