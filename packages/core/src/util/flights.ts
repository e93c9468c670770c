import type { Store } from '../stores/store.js'

/** One computation of a missing value, which all that ask for the key meanwhile wait for. */
export interface Flight<T> {
  readonly result: Promise<T>
  /** The key was written or cleared since: the result goes to those who wait, but is not kept. */
  fenced: boolean
}

/** Milliseconds: what a timer can wait. */
const MAX_DELAY = 2 ** 31 - 1

/** The computations under way for one store, by full key. */
export class Flights<T> {
  readonly #byKey = new Map<string, Flight<T>>()

  /** Joins the flight of this key, or begins one. */
  join(fullKey: string, begin: (flight: { readonly fenced: boolean }) => Promise<T>): Promise<T> {
    const underWay = this.#byKey.get(fullKey)
    if (underWay !== undefined) return underWay.result
    const state = { fenced: false }
    const result = begin(state)
    const flight: Flight<T> = Object.assign(state, { result })
    this.#byKey.set(fullKey, flight)
    const land = () => {
      // A fenced flight has left the map, and another may have its place.
      if (this.#byKey.get(fullKey) === flight) this.#byKey.delete(fullKey)
    }
    result.then(land, land)
    return result
  }

  /**
   * As `join`, but nobody waits longer than so many milliseconds for a flight that another began; undefined then. It is
   * fenced, so that those who come later begin another, and what it brings too late is not kept.
   */
  joinWithin(
    fullKey: string,
    begin: (flight: { readonly fenced: boolean }) => Promise<T>,
    patience: number,
  ): Promise<T | undefined> {
    const underWay = this.#byKey.get(fullKey)
    if (underWay === undefined || patience > MAX_DELAY) return this.join(fullKey, begin)
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        if (this.#byKey.get(fullKey) === underWay) this.fence(fullKey)
        resolve(undefined)
      }
      const timer = setTimeout(giveUp, Math.max(0, patience))
      underWay.result.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  /** Whether the key is being computed. */
  has(fullKey: string): boolean {
    return this.#byKey.has(fullKey)
  }

  /** Keeps a flight's result from landing on a key that was written since; the next to ask begins another. */
  fence(fullKey: string): void {
    const flight = this.#byKey.get(fullKey)
    if (flight === undefined) return
    flight.fenced = true
    this.#byKey.delete(fullKey)
  }

  /** As `fence`, for every key that begins with the prefix. */
  fenceAll(prefix: string): void {
    for (const fullKey of this.#byKey.keys()) {
      if (fullKey.startsWith(prefix)) this.fence(fullKey)
    }
  }
}

const flightsByStore = new WeakMap<Store, Flights<Landed>>()

/** What a flight brings back. */
export interface Landed {
  /** The encoded value; undefined: there is none to keep. */
  readonly body: Uint8Array | undefined
  /** Whether it was there already. */
  readonly hit: boolean
  /** Its tags, and their epoch when its computation began; undefined: it has none. */
  readonly tagged: { readonly tags: readonly string[]; readonly since: number } | undefined
}

/** One set of flights per store: caches that share its keys share their computations. */
export function flightsOf(store: Store): Flights<Landed> {
  const known = flightsByStore.get(store)
  if (known !== undefined) return known
  const flights = new Flights<Landed>()
  flightsByStore.set(store, flights)
  return flights
}
