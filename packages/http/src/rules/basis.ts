import type { Lifetime } from './freshness.js'

/**
 * Where a page's lifetime comes from:
 * - `explicit`: the response said it, or the timeout of its route;
 * - `added`: the site's timeout, which this cache added to a response that said nothing;
 * - `own`: said to this cache alone by its targeted field; clients are told another lifetime;
 * - `client`: a timeout, of which browsers are told less (`clientTimeout`);
 * - `heuristic`: the response said nothing (RFC 9111 §4.2.2).
 */
export type LifetimeBasis = 'explicit' | 'added' | 'own' | 'client' | 'heuristic'

const bases: ReadonlySet<string> = new Set<LifetimeBasis>(['explicit', 'added', 'own', 'client', 'heuristic'])

/** Returns whether a text from a store is a basis. */
export function isLifetimeBasis(text: string | undefined): text is LifetimeBasis {
  return text !== undefined && bases.has(text)
}

/** A lifetime, and what clients are told instead. */
export interface BasisFacts {
  readonly lifetime: Lifetime
  /** Targeted field that it comes from (RFC 9213), in lower case; undefined: none. */
  readonly field: string | undefined
  /** Targeted field for this cache alone, in lower case. */
  readonly ownField: string
  /** Seconds that browsers are told at the most; undefined: as long as this cache. */
  readonly clientTimeout: number | undefined
}

/** Returns where a lifetime comes from. */
export function lifetimeBasis({ lifetime, field, ownField, clientTimeout }: BasisFacts): LifetimeBasis {
  const { source, seconds } = lifetime
  if (source === 'heuristic' || source === 'none') return 'heuristic'
  if (field === ownField) return 'own'
  const isSetting = source === 'timeout' || source === 'site'
  if (isSetting && clientTimeout !== undefined && clientTimeout < seconds) return 'client'
  return source === 'site' ? 'added' : 'explicit'
}

/** Returns whether clients are told another lifetime, which counts from each delivery. */
export function isForThisCacheAlone(basis: LifetimeBasis): boolean {
  return basis === 'own' || basis === 'client'
}

/** Returns whether the response says a lifetime by this cache's doing. */
export function isAddedLifetime(basis: LifetimeBasis): boolean {
  return basis === 'added' || basis === 'client'
}

/** Returns whether a lifetime is explicit (RFC 9111 §4.2.1), whoever said it. */
export function isExplicit(basis: LifetimeBasis): boolean {
  return basis !== 'heuristic'
}
