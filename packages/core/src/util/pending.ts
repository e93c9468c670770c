/** What a cache has under way, so that a shutdown can wait for it. */
export class Pending {
  readonly #underWay = new Set<Promise<unknown>>()
  /** Set once: nothing is begun any more. */
  closed = false

  /** Remembers a promise until it settles; answers the same promise. */
  track<T>(promise: Promise<T>): Promise<T> {
    this.#underWay.add(promise)
    const forget = () => void this.#underWay.delete(promise)
    promise.then(forget, forget)
    return promise
  }

  /** Resolves when nothing is under way, what was begun meanwhile included. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }
}
