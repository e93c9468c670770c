import type { Reason, Result } from '@sitecache/http'

/** One part of a request, of which the name is known and the value is a hash. */
export interface KeyedPart {
  readonly name: string
  /** Hash of the value as it was sent. */
  readonly raw: number
  /** Hash of the value as the key has it, reduced by the rules of the layer. */
  readonly value: number
}

/**
 * Is called with a part of a key: its name, the hash of its value as the key has it, the number of
 * the name in this sample, and the hash of the value as it was sent.
 */
export type PartVisitor = (name: string, value: number, number: number, raw: number) => void

/** One look-up of the sample. Hashes are numbers; 0: not known. Times are milliseconds. */
export interface LookUp {
  /** When the request came, since the epoch. */
  readonly at: number
  readonly route: string
  readonly result: Result
  readonly reason: Reason | undefined
  /** The handler rendered it. */
  readonly isRender: boolean
  /** A stored page answered. */
  readonly isServed: boolean
  /** The cache made the request itself, to refresh a page. */
  readonly isOwn: boolean
  readonly isHead: boolean
  readonly isBot: boolean
  /** Another process rendered the same page at the same time: it was there, or took its place. */
  readonly isRepeated: boolean
  /** The page is stored plain, and was encoded on its way out. */
  readonly isEncodedOutside: boolean
  readonly isSorted: boolean
  readonly hasLock: boolean
  readonly status: number
  readonly path: number
  /** Scheme and host. */
  readonly site: number
  /** Layer, and what chooses the page beside its inputs. */
  readonly layer: number
  readonly visitor: number
  readonly body: number
  /** Share of the body that differs from another visitor's, from 0 to 1; NaN: not known. */
  readonly difference: number
  /** Bytes of the body between which it differs. */
  readonly differsFrom: number
  readonly differsTo: number
  readonly bytes: number
  readonly renderMs: number
  readonly lookupMs: number
  readonly durationMs: number
  /** Seconds for which the page is fresh in all; NaN: there is none. */
  readonly lifetime: number
  /** Seconds from the request until it turns stale. */
  readonly ttl: number
  readonly staleFor: number
  /** Seconds for which the layer keeps pages that say nothing of it. */
  readonly layerLifetime: number
  readonly jitter: number
  readonly maxVariants: number
  readonly variants: number
  /** Number that stands for the key of its page. */
  readonly key: number
  /** Cookies of the request, where the page depends on cookies. */
  readonly cookies: readonly KeyedPart[]
  /** Cookies that the response sets. */
  readonly setCookies: readonly KeyedPart[]
  /** Visits the parameters of the query, in their order. */
  eachParam(visit: PartVisitor): void
  /** Visits the inputs of the page: headers, cookies and others that it depends on. */
  eachInput(visit: PartVisitor): void
}
