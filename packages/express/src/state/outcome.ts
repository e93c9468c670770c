import type { IncomingMessage } from 'node:http'
import { type ToldOutcome, toldOutcome } from '@sitecache/http'

/** How a request has passed the cache, for access logs: `req.cache.outcome`. */
export interface CacheOutcome extends ToldOutcome {}

/** Outcome that is not final yet. */
export type OutcomeUnderWay = { -readonly [K in keyof CacheOutcome]: CacheOutcome[K] }

/** Reads the outcome from the head that was written. */
export function outcomeOfHead(req: IncomingMessage): CacheOutcome | undefined {
  const head: unknown = Reflect.get(Object(Reflect.get(req, 'res')), '_header')
  if (typeof head !== 'string') return undefined
  const lines = head.split('\r\n')
  const valuesOf = (name: string): readonly string[] =>
    lines
      .filter((line) => line.toLowerCase().startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
  return toldOutcome(valuesOf('cache-status').join(', '), Number(valuesOf('age')[0] ?? 0))
}
