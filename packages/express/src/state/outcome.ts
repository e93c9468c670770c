import { IncomingMessage } from 'node:http'
import type { Reason, Result } from '@sitecache/http'

/** How a request has passed the cache, for access logs: `req.cache.outcome`. */
export interface CacheOutcome {
  readonly result: Result
  /** Word beside the result; each is explained in the reference. */
  readonly reason?: Reason | undefined
  /** Seconds for which the page stays fresh; negative: stale. Infinity: forever. */
  readonly ttl?: number | undefined
  /** Age of the served page, in seconds. */
  readonly age?: number | undefined
}

/** Outcome that is not final yet. */
export type OutcomeUnderWay = { -readonly [K in keyof CacheOutcome]: CacheOutcome[K] }

const outcomeKey = Symbol('sitecache.outcome')

/**
 * Outcomes of requests with a prototype of their framework's: V8 takes some microseconds to add a
 * property to these (see prototypes.ts), a WeakMap a third of one.
 */
const outcomes = new WeakMap<IncomingMessage, CacheOutcome>()

/** Notes the outcome at a layer; of several layers the innermost that was reached counts. */
export function noteOutcome(req: IncomingMessage, outcome: CacheOutcome): void {
  if (Object.getPrototypeOf(req) === IncomingMessage.prototype)
    (req as { [outcomeKey]?: CacheOutcome })[outcomeKey] = outcome
  else outcomes.set(req, outcome)
}

/**
 * Returns how a request has passed the cache: at its innermost layer of those that were reached.
 * Complete once the response has ended; a page that a remote store refuses later is corrected.
 *
 * @returns undefined before a layer of cache has answered, or passed it on
 * @example morgan.token('cache', (req) => cacheOutcome(req)?.result)
 */
export function cacheOutcome(req: IncomingMessage): CacheOutcome | undefined {
  return Reflect.get(req, outcomeKey) ?? outcomes.get(req)
}
