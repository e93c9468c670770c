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
