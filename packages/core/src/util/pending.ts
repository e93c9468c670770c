/** Longest wait for work under way, in milliseconds. */
export const IDLE_MS = 10_000

/** Work under way in a cache, for which a shutdown waits. */
export class Pending {
  readonly #underWay = new Set<Promise<unknown>>()
  /** Whether the cache is closed: no new work begins. */
  closed = false

  /** Counts a promise as under way until it settles; returns the same promise. */
  track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise)
    const forget = () => void this.#underWay.delete(promise)
    promise.then(forget, forget)
    return promise
  }

  /**
   * Resolves when nothing is under way, including work that began meanwhile; after 10 seconds all
   * the same: a handler or a store may never answer, and a shutdown has to end.
   */
  async idle(): Promise<void> {
    let isLate = false
    let giveUp = () => {}
    const late = new Promise<void>((resolve) => {
      giveUp = resolve
    })
    const timer = setTimeout(() => {
      isLate = true
      giveUp()
    }, IDLE_MS)
    while (this.#underWay.size > 0 && !isLate) await Promise.race([late, Promise.allSettled(this.#underWay)])
    clearTimeout(timer)
  }
}
