import type { Store } from '../stores/store.js'
import { Flights } from '../util/flights.js'

/** Result of a computation that several callers share. */
export interface Computed {
  /** The encoded value; undefined: there is none to store. */
  readonly body: Uint8Array | undefined
  /** Whether it was in the store already. */
  readonly hit: boolean
  /** Its tags, and their epoch when its computation began; undefined: it has none. */
  readonly tagged: { readonly tags: readonly string[]; readonly since: number } | undefined
}

/** The computations under way for one store, by full key. */
export type Computations = Flights<Computed>

const byStore = new WeakMap<Store, Computations>()

/** Returns the one set of computations of a store: caches that share its keys share them. */
export function computationsOf(store: Store): Computations {
  const known = byStore.get(store)
  if (known !== undefined) return known
  const computations: Computations = new Flights()
  byStore.set(store, computations)
  return computations
}
