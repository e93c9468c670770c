import { IncomingMessage } from 'node:http'
import { extendCommonPrototype, extendOwnPrototype } from '../node/prototypes.js'
import { type CacheOutcome, outcomeOfHead } from './outcome.js'
import type { BodyReading } from './read-body.js'

const stateKey = Symbol('sitecache.state')

/**
 * Control of a handler over the caching of its own response: `req.cache`.
 *
 * @example req.cache.skip()
 */
export class RequestCache {
  readonly #req: IncomingMessage
  #skipped = false

  constructor(req: IncomingMessage) {
    this.#req = req
  }

  /** True once `skip()` was called. */
  get skipped(): boolean {
    return this.#skipped
  }

  /**
   * How this request has passed the cache: result, reason, seconds; see `cacheOutcome`. For access
   * logs, once the response has ended.
   */
  get outcome(): CacheOutcome | undefined {
    return cacheOutcome(this.#req)
  }

  /** Keeps this response from being stored by any layer. Works until the response has ended. */
  skip(): void {
    this.#skipped = true
  }
}

/** State of a request, shared by all layers of cache on its way. */
export class RequestState {
  readonly #req: IncomingMessage
  #cache: RequestCache | undefined
  /** Tags that the application gave the page. */
  tags: Set<string> | undefined
  /** Error of a function that was to give the page tags: without them it must not be stored. */
  fault: unknown
  /** Earliest expiry that a part of the page asked for, in milliseconds since the epoch. */
  ends: number | undefined
  /** Content of the request, or the reason why there is none; undefined until a layer needs it. */
  body: BodyReading | undefined
  /**
   * A layer stores responses to this QUERY or POST, so it must not invalidate its URL
   * (RFC 9111 §4.4).
   */
  isSafe = false
  /** The handler runs under a lock that other processes respect. */
  isLocked = false
  /** The handler read cookies that a parser below the lookup put on the request. */
  cookiesRead = false
  /** Cache-Control to which sitecache itself has added `private`. */
  toldPrivate: string | undefined
  /** It has for a visitor whom it identified: to layers further out it is the application's. */
  isPrivateForVisitor = false
  /** Captures the response where a layer has reserved a place, before another one captures it. */
  reserved: (() => void) | undefined
  /** Value of the response's field for sitecache (RFC 9213), which is no longer on the response. */
  targetedControl: string | undefined
  /** How the request has passed the innermost layer that it has reached. */
  outcome: CacheOutcome | undefined;
  [slot: symbol]: unknown

  constructor(req: IncomingMessage) {
    this.#req = req
  }

  /** Object that the handler sees as `req.cache`. */
  get cache(): RequestCache {
    this.#cache ??= new RequestCache(this.#req)
    return this.#cache
  }

  /** Whether the handler called `skip()`. */
  get skipped(): boolean {
    return this.#cache?.skipped === true
  }

  /** Gives the page tags. */
  addTags(tags: readonly string[]): void {
    this.tags ??= new Set()
    for (const tag of tags) this.tags.add(tag)
  }
}

/**
 * Typed slot in the state of each request, declared by the module that uses it: the state needs
 * none of its types.
 */
export class RequestSlot<T> {
  readonly #key = Symbol('sitecache.slot')

  of(req: IncomingMessage): T | undefined {
    return peekState(req)?.[this.#key] as T | undefined
  }

  set(req: IncomingMessage, value: T): void {
    stateOf(req)[this.#key] = value
  }
}

/** The request whose exchange begins now, and its state: it is looked at many times. */
let current: IncomingMessage | undefined
let currentState: RequestState | undefined

/**
 * Spares all looks at the state of a request the way to it, until `endLooks`: no longer, so that
 * nothing holds the request.
 *
 * @returns the request for which this was called further out
 */
export function beginLooks(req: IncomingMessage): IncomingMessage | undefined {
  const outer = current
  currentState = stateIn(req)
  current = req
  return outer
}

/** @param outer that `beginLooks` has returned */
export function endLooks(outer: IncomingMessage | undefined): void {
  current = outer
  currentState = outer && stateIn(outer)
}

/**
 * Returns the state of a request.
 *
 * @returns undefined when no layer has made one
 */
export function peekState(req: IncomingMessage): RequestState | undefined {
  return req === current ? currentState : stateIn(req)
}

function stateIn(req: IncomingMessage): RequestState | undefined {
  return isPlain(req) ? (req as { [stateKey]?: RequestState })[stateKey] : Reflect.get(req, stateKey)
}

/** Returns the state of a request, and makes it at the first call. */
export function stateOf(req: IncomingMessage): RequestState {
  const known = peekState(req)
  if (known !== undefined) return known
  const state = new RequestState(req)
  if (!Reflect.has(req, stateKey)) extendCommonPrototype(req, withoutState)
  // Not enumerable: a copy of the request is not this request.
  Object.defineProperty(req, stateKey, { value: state })
  // The current one, or one that inherits from this one.
  if (current !== undefined) currentState = stateIn(current)
  return state
}

/** Prototypes that are seen to have `cache`: the look at a request is then spared. */
const withCacheAlready = new WeakSet<object>()

/** Whether requests of this kind are known to have `req.cache`. */
export function hasRequestCache(req: IncomingMessage): boolean {
  return withCacheAlready.has(Object.getPrototypeOf(req))
}

/**
 * Ends the look-up of the state of an Express request that has none, which each hit does: at the
 * end of the chain of prototypes it takes twice as long.
 */
function withoutState(prototype: IncomingMessage): true {
  Object.defineProperty(prototype, stateKey, { value: undefined })
  return true
}

/** Makes `req.cache` available to the handler, unless the application uses that name itself. */
export function exposeRequestCache(req: IncomingMessage): void {
  if (hasRequestCache(req)) return
  const prototype: object = Object.getPrototypeOf(req)
  const isExposed =
    'cache' in prototype || (!('cache' in req) && extendOwnPrototype(req, withCache) !== undefined)
  if (isExposed) withCacheAlready.add(prototype)
  else if (!('cache' in req)) Object.assign(req, { cache: stateOf(req).cache })
}

/**
 * Defines `req.cache` for all requests of an application; an application that sets its own keeps
 * it.
 */
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

const outcomeKey = Symbol('sitecache.outcome')

/**
 * Outcomes of hits on requests of Express, whose prototype it has changed: V8 takes some
 * microseconds to note anything about such an object. So it is done from the first time on that an
 * outcome is read; until then the head of the response tells it.
 */
const outcomes = new WeakMap<IncomingMessage, CacheOutcome>()
let isWanted = false

/** Whether the outcome of a hit is to be noted. */
export function isOutcomeNoted(req: IncomingMessage): boolean {
  return isWanted || isPlain(req) || peekState(req) !== undefined
}

/** Notes the outcome at a layer; of several layers the innermost that was reached counts. */
export function noteOutcome(req: IncomingMessage, outcome: CacheOutcome): void {
  const state = peekState(req)
  if (state !== undefined) state.outcome = outcome
  else if (isPlain(req)) (req as { [outcomeKey]?: CacheOutcome })[outcomeKey] = outcome
  else outcomes.set(req, outcome)
}

/** Whether a request has the prototype that Node gave it. */
export function isPlain(req: IncomingMessage): boolean {
  return Object.getPrototypeOf(req) === IncomingMessage.prototype
}

/**
 * Returns how a request has passed the cache: at its innermost layer of those that were reached.
 * Complete once the response has ended; a page that a remote store refuses later is corrected.
 *
 * @returns undefined before a layer of cache has answered, or passed it on
 * @example morgan.token('cache', (req) => cacheOutcome(req)?.result)
 */
export function cacheOutcome(req: IncomingMessage): CacheOutcome | undefined {
  const noted = peekState(req)?.outcome ?? Reflect.get(req, outcomeKey) ?? outcomes.get(req)
  if (noted === undefined && !isWanted) {
    isWanted = true
    return outcomeOfHead(req)
  }
  isWanted = true
  return noted
}
