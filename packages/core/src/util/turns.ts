/**
 * Keeps the writes of a key in the order of their calls, where some take time before they reach the
 * store: a value must not arrive after the delete that followed it.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs a write at once, or after those that hold one of the keys. */
  after<T>(keys: Iterable<string>, run: () => Promise<T>): Promise<T> {
    if (this.#last.size === 0) return run()
    const held = [...keys]
    return this.#before(held).length === 0 ? run() : this.hold(held, run)
  }

  /** As `after`, for all keys that begin with the prefix. */
  afterAll<T>(prefix: string, run: () => Promise<T>): Promise<T> {
    return this.after(
      [...this.#last.keys()].filter((key) => key.startsWith(prefix)),
      run,
    )
  }

  /** As `after`, and later writes of the keys wait for it. */
  hold<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
    const before = this.#before(keys)
    const turn = before.length === 0 ? run() : Promise.allSettled(before).then(run)
    for (const key of keys) this.#last.set(key, turn)
    const release = () => {
      for (const key of keys) if (this.#last.get(key) === turn) this.#last.delete(key)
    }
    turn.then(release, release)
    return turn
  }

  #before(keys: readonly string[]): Promise<unknown>[] {
    return keys.map((key) => this.#last.get(key)).filter((turn) => turn !== undefined)
  }
}
