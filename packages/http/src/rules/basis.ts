import type { LifetimeBasis } from '../page/basis.js'
import type { Lifetime } from './freshness.js'

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
