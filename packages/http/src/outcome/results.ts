/** Texts about a word of the vocabulary, for people. */
export interface ReasonText {
  /** Meaning of the word. */
  readonly means: string
  /** Reason for which it comes about. */
  readonly cause: string
  /** Way to avoid it, or why there is nothing to do. */
  readonly remedy: string
  /** One line of code that does it. */
  readonly code: string
}

/** Texts about a result, and the words that others have for it. */
export interface ResultText {
  readonly means: string
  /** Parameters of the member in Cache-Status (RFC 9211). */
  readonly cacheStatus: string
  /** Value of nginx's `$upstream_cache_status`. */
  readonly nginx: string
  /** Value of Cloudflare's `CF-Cache-Status`. */
  readonly cloudflare: string
  readonly varnish: string
}

/** How an exchange with a layer of cache ends: exactly one of these. */
export const RESULTS = {
  hit: {
    means: 'A fresh page was served: whole, in part (206), or as a 304.',
    cacheStatus: 'hit',
    nginx: 'HIT',
    cloudflare: 'HIT',
    varnish: 'hit',
  },
  stale: {
    means: 'A stale page was served: while it is refreshed, in place of an error, or as the client allows.',
    cacheStatus: 'hit; ttl<0',
    nginx: 'STALE, UPDATING',
    cloudflare: 'STALE, UPDATING',
    varnish: 'hit, in grace',
  },
  revalidated: {
    means: 'The handler answered 304, and the stored page was served.',
    cacheStatus: 'fwd=stale; fwd-status=304',
    nginx: 'REVALIDATED',
    cloudflare: 'REVALIDATED',
    varnish: 'miss (conditional fetch)',
  },
  collapsed: {
    means: 'The request waited for the render of another one, and got its page.',
    cacheStatus: 'fwd=…; collapsed',
    nginx: 'HIT (after a lock)',
    cloudflare: 'HIT (after a lock)',
    varnish: 'hit (busy object)',
  },
  filled: {
    means: 'A fresh page with holes was served, each filled for this request.',
    cacheStatus: 'hit',
    nginx: '–',
    cloudflare: '–',
    varnish: 'hit (ESI)',
  },
  miss: {
    means: 'The handler rendered the page, and it was stored.',
    cacheStatus: 'fwd=uri-miss, vary-miss, stale, request or partial; stored',
    nginx: 'MISS, EXPIRED',
    cloudflare: 'MISS, EXPIRED',
    varnish: 'miss',
  },
  unstorable: {
    means: 'The handler rendered the page, and it was not stored; the reason says why.',
    cacheStatus: 'fwd=…; detail=reason',
    nginx: 'MISS',
    cloudflare: 'MISS, BYPASS',
    varnish: 'hit-for-miss',
  },
  bypass: {
    means: 'Nothing was looked up, and nothing stored; the reason says why.',
    cacheStatus: 'fwd=bypass or method',
    nginx: 'BYPASS',
    cloudflare: 'BYPASS, DYNAMIC',
    varnish: 'pass',
  },
  unsatisfiable: {
    means: '504: the client takes nothing but a stored page, and there was none (RFC 9111 §5.2.1.7).',
    cacheStatus: 'fwd=request; detail=only-if-cached',
    nginx: '–',
    cloudflare: '–',
    varnish: 'synth',
  },
} as const satisfies Readonly<Record<string, ResultText>>

/** Result of an exchange with a layer of cache. */
export type Result = keyof typeof RESULTS

/** Results whose client got a page that was not rendered for it. */
const served: ReadonlySet<Result> = new Set(['hit', 'stale', 'revalidated', 'collapsed', 'filled'])

/**
 * Returns whether the client got a page that was not rendered for it: the share of these is the hit
 * ratio.
 */
export function isServed(result: Result): boolean {
  return served.has(result)
}

/** Returns whether the client was answered without the handler, unlike after a 304 of its own. */
export function isOffloaded(result: Result): boolean {
  return served.has(result) && result !== 'revalidated'
}
