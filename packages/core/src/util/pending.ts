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

  /** Resolves when nothing is under way, including work that began meanwhile. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }
}
