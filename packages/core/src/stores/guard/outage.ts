import { warn } from '../../util/warnings.js'

const outages = new WeakMap<object, Outage>()

/** A time in which a store is down, or refuses writes. */
export class Outage {
  readonly #store: string
  #isTold = false

  constructor(store: string) {
    this.#store = store
  }

  /** Marks an error as caused by this outage. */
  mark<E extends Error>(error: E): E {
    outages.set(error, this)
    return error
  }

  /** Warns the process of the outage, once. */
  warn(message: string): void {
    if (this.#isTold) return
    this.#isTold = true
    warnOfStore(message)
  }

  /** Warns the process of its end, if it was warned of the outage. */
  end(): void {
    if (this.#isTold) warnOfStore(`the ${this.#store} store is back: reads and writes work again`)
  }
}

/**
 * Warns the process of the outage that caused an error, once per outage. For errors that reach no
 * listener: a site that has lost its cache must not stay silent.
 */
export function warnOfOutage(error: unknown): void {
  if (error instanceof Error) outages.get(error)?.warn(error.message)
}

function warnOfStore(message: string): void {
  warn('SITECACHE_STORE', message)
}
