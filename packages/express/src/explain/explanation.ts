import type { Forward, Policy, Reason } from '@sitecache/http'
import type { LastRender } from '../options/last-renders.js'

/**
 * Answer to the question why a request gets what it gets from the cache: plain JSON. Values of
 * cookies, sessions and visitors stand in it as short digests, which differ from process to
 * process.
 */
export interface Explanation {
  /** URL as it was asked for. */
  readonly url: string
  readonly method: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /**
   * Source of what is said of the request:
   *
   * - `'application'`: it went through the middlewares of the application;
   * - `'request'`: it is a request that is being answered;
   * - `'url'`: its URL and headers alone; what middlewares would put on it counts as absent.
   */
  readonly askedBy: 'application' | 'request' | 'url'
  /** Layers of cache on its way, the outermost first. */
  readonly layers: readonly LayerExplanation[]
  /** Sentences about the explanation itself: what could not be asked, and why. */
  readonly notes: readonly string[]
}

/** Explanation of one layer of cache. */
export interface LayerExplanation {
  /** Alias of its cache. */
  readonly cache: string
  /** Name of the store, such as `memory`. */
  readonly store: string
  /** A site's cache, a route's, or one in front of the application. */
  readonly kind: 'site' | 'page' | 'server'
  readonly policy: Policy
  readonly wouldDo: WouldDo
  /** Undefined for a request that bypasses the cache. */
  readonly key?: ExplainedKey | undefined
  /** All that pages of the URL are known to depend on. */
  readonly dependsOn: readonly ExplainedInput[]
  readonly stored: ExplainedVariants
  /** Undefined: no look-up of the route was counted. */
  readonly splitBy?: ExplainedSplits | undefined
  /** The page that answers now. */
  readonly page?: ExplainedVariant | undefined
  /** The last response to this URL that this process has rendered, or was just asked for. */
  readonly last?: LastRender | undefined
  /** Of the stored page, else of the response that the application gives. */
  readonly lifetime?: ExplainedLifetime | undefined
  readonly drops: ExplainedDrops
  readonly downstream?: Downstream | undefined
  readonly findings: readonly ExplainedReason[]
}

/** Fate of such a request, if it came now. */
export interface WouldDo {
  readonly action: 'serve' | 'serve-stale' | 'validate' | 'complete' | 'miss' | 'unsatisfiable' | 'bypass'
  /** Why it would go past the cache, or get a stale page. */
  readonly reason?: Reason | undefined
  /** Why it would go on to the handler: `fwd` of Cache-Status. */
  readonly forward?: Forward | undefined
  /** Inputs of the page that are taken for absent, as no middleware has put them on the request. */
  readonly assumesAbsent: readonly string[]
}

/** Key of the page that answers, part by part. */
export interface ExplainedKey {
  readonly parts: readonly ExplainedKeyPart[]
  /** Digest in the key of the page; of the URL alone while nothing is known of it. */
  readonly hash: string
  readonly of: 'page' | 'url'
}

/** One part of a key. */
export interface ExplainedKeyPart {
  /** `method`, `scheme`, `host`, `path`, `query`, `keyParts[0]`, or the name of an input. */
  readonly name: string
  /** As it counts; null: absent. */
  readonly value: string | null
  /** As the request has it, where it is reduced. */
  readonly raw?: string | undefined
  /** The value is one visitor's: a digest stands in its place. */
  readonly isHidden?: true
  /** Members of the query that don't count. */
  readonly dropped?: readonly string[] | undefined
}

/** Something that pages depend on. */
export interface ExplainedInput {
  /** Name in the vary record, such as `accept-language`, `cookie:theme`, `session`. */
  readonly name: string
  /** In words: `the header accept-language`. */
  readonly text: string
  /** Places of code that read it, while the process ran in development. */
  readonly readAt: readonly string[]
}

/**
 * Parts of keys by which the pages of a route are split: how many values they had in its last
 * look-ups by this process. Look-ups are counted in development, and for an hour after each
 * explanation.
 */
export interface ExplainedSplits {
  /** Pattern of the route; '': none. */
  readonly route: string
  /** Look-ups that are counted: the last 500 to 1000. */
  readonly lookUps: number
  /** Those with more than one value, the most first. */
  readonly parts: readonly ExplainedSplit[]
}

/** Part of keys that has several values. */
export interface ExplainedSplit {
  /** Of an input, or `host`, `keyParts[0]`, `query:page`, `cookie:theme`. */
  readonly name: string
  /** Distinct values, as keys have them. */
  readonly values: number
  /** Distinct values as they were sent, where keys have them reduced. */
  readonly sent?: number | undefined
  /** Values that the usual buckets for such a header would leave. */
  readonly buckets?: number | undefined
}

/** Pages that are stored of a URL. */
export interface ExplainedVariants {
  readonly variants: number
  /** Most that are kept: the option `maxVariants`. */
  readonly max: number
  /** The newest of them, at most 20. */
  readonly list: readonly ExplainedVariant[]
  /** The store did not answer: nothing is known of what is stored. */
  readonly failure?: string | undefined
}

/** One stored page. Its tags are left out: those of others may name visitors. */
export interface ExplainedVariant {
  /** First characters of its digest. */
  readonly hash: string
  /** It is the page of this request. */
  readonly isOwn: boolean
  readonly status: number
  /** Seconds. */
  readonly age: number
  /** Seconds for which it stays fresh; negative: stale; null: forever. */
  readonly ttl: number | null
  /** Length of the body. */
  readonly bytes: number
  /** Milliseconds that it took to render. */
  readonly renderMs: number
  /**
   * Requests that it has answered since it was stored. `'unknown'`: other processes may serve it,
   * or it was stored before look-ups were counted.
   */
  readonly hits: number | 'unknown'
  /** A soft purge made it stale, or a hard one void. */
  readonly purged?: 'soft' | 'hard' | undefined
}

/** For how long a page is fresh, and why. */
export interface ExplainedLifetime {
  /** Seconds; null: forever. */
  readonly seconds: number | null
  /**
   * Rule that decided: `timeout`, `s-maxage`, `max-age`, `expires`, `site`, `heuristic`, `none`, or
   * a targeted field.
   */
  readonly source: string
  /** In words. */
  readonly text: string
  /** Seconds after it for which a stale page may answer while a new one is made. */
  readonly staleWhileRevalidate: number
  /**
   * Seconds after it for which a stale page may stand in for an error; null: as long as it is kept.
   */
  readonly staleIfError: number | null
  /** Share of it that is taken off at random. */
  readonly jitter: number
}

/** All that drops the page. */
export interface ExplainedDrops {
  readonly url: string
  readonly tags: readonly string[]
  /** Pattern of the route for `invalidateRoute`. */
  readonly route?: string | undefined
  /** RFC 9875 groups. */
  readonly groups: readonly string[]
  /** The last purge by this process that concerned it. */
  readonly lastPurge?: LastPurge | undefined
}

/** A purge. */
export interface LastPurge {
  readonly by: 'tag' | 'url' | 'route' | 'unsafe' | 'group' | 'clear'
  /** Tag, route or URL that it named. */
  readonly named?: string | undefined
  readonly mode: 'hard' | 'soft'
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** The same response as others would judge it. */
export interface Downstream {
  readonly browser: DownstreamCache
  /** A shared cache that obeys `CDN-Cache-Control` (RFC 9213). */
  readonly cdn: DownstreamCache
}

/** Treatment of the response by another cache. */
export interface DownstreamCache {
  readonly stores: boolean
  readonly reason?: Reason | undefined
  /** Seconds; null: it says nothing, and the cache guesses. */
  readonly seconds: number | null
  readonly text: string
}

/** A word of the vocabulary that applies, with its remedy. */
export interface ExplainedReason {
  /** Word of Cache-Status: a `detail`, or a value of `fwd`. */
  readonly reason: string
  readonly means: string
  readonly cause: string
  readonly remedy: string
  /** One line of code that does it. */
  readonly code: string
}
