/** Most keys that are remembered; beyond, the whole server is cleared. */
const MAX_KEYS = 50_000

/**
 * Deletions that could not be applied while a server was away, and must be before it is used again.
 */
export class PendingDeletes {
  #keys = new Set<string>()
  #prefixes = new Set<string>()
  #everything = false

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#prefixes.size === 0 && !this.#everything
  }

  /** Adds a key in the server's form, whose entry is out of date there. */
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

  /** Takes all deletions; `addAll` gives them back when they could not be applied. */
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

/** Deletions for a server. */
export interface Deletions {
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  readonly everything: boolean
}
