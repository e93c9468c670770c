/** Keys that are remembered; when there are more, everything is owed. */
const MAX_KEYS = 50_000

/** What could not be changed on a server while it was away, and must not be there when it is back. */
export class PendingDeletes {
  #keys = new Set<string>()
  #prefixes = new Set<string>()
  #everything = false

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#prefixes.size === 0 && !this.#everything
  }

  /** A key, as the server knows it, whose entry is out of date there. */
  addKey(key: string): void {
    if (this.#everything) return
    this.#keys.add(key)
    if (this.#keys.size <= MAX_KEYS) return
    this.#everything = true
    this.#keys.clear()
  }

  addPrefix(prefix: string): void {
    this.#prefixes.add(prefix)
  }

  /** All there is, which then is no longer owed; `addAll` takes it back when it could not be paid. */
  take(): Deletions {
    const deletions = { keys: [...this.#keys], prefixes: [...this.#prefixes], everything: this.#everything }
    this.#keys.clear()
    this.#prefixes.clear()
    this.#everything = false
    return deletions
  }

  addAll({ keys, prefixes, everything }: Deletions): void {
    if (everything) this.#everything = true
    for (const key of keys) this.addKey(key)
    for (const prefix of prefixes) this.addPrefix(prefix)
  }
}

/** What is to be removed from a server. */
export interface Deletions {
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  readonly everything: boolean
}
