/** State of shared work, as the work itself sees it. */
export interface FlightState {
  /**
   * Whether the key was written or cleared since: the result goes to the waiting callers, but is
   * not stored.
   */
  readonly fenced: boolean
}

/** Shared work under one key: all callers that come while it runs wait for its result. */
export interface Flight<T> extends FlightState {
  readonly result: Promise<T>
  fenced: boolean
}

/** Longest delay of a timer, in milliseconds. */
const MAX_DELAY = 2 ** 31 - 1

/** Work under way, by key: one flight at a time for each (Go's singleflight). */
export class Flights<T> {
  readonly #byKey = new Map<string, Flight<T>>()

  /** Waits for the flight of this key, or begins one. */
  join(fullKey: string, begin: (flight: FlightState) => Promise<T>): Promise<T> {
    const underWay = this.#byKey.get(fullKey)
    if (underWay !== undefined) return underWay.result
    const state = { fenced: false }
    const result = begin(state)
    const flight: Flight<T> = Object.assign(state, { result })
    this.#byKey.set(fullKey, flight)
    const end = () => {
      // A fenced flight has left the map already, and another may have its place.
      if (this.#byKey.get(fullKey) === flight) this.#byKey.delete(fullKey)
    }
    result.then(end, end)
    return result
  }

  /**
   * As `join`, but waits only so many milliseconds for a flight that another caller began. After
   * that the flight is fenced: later callers begin another, and its late result is not stored.
   *
   * @returns undefined: it took longer
   */
  joinWithin(
    fullKey: string,
    begin: (flight: FlightState) => Promise<T>,
    milliseconds: number,
  ): Promise<T | undefined> {
    const underWay = this.#byKey.get(fullKey)
    if (underWay === undefined || milliseconds > MAX_DELAY) return this.join(fullKey, begin)
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        if (this.#byKey.get(fullKey) === underWay) this.fence(fullKey)
        resolve(undefined)
      }
      const timer = setTimeout(giveUp, Math.max(0, milliseconds))
      underWay.result.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  /** Returns whether a flight of this key is under way. */
  has(fullKey: string): boolean {
    return this.#byKey.has(fullKey)
  }

  /**
   * Keeps the result of a flight off a key that was written since; the next caller begins another.
   */
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
