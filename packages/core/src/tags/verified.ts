import { LRUCache } from 'lru-cache'

/** What became of an entry's tags: it can be used; only as a stale one; not at all. */
export type TagVerdict = 'valid' | 'stale' | 'invalid'

/** What was stored with tags. */
export interface Tagged {
  /** Its full key. */
  readonly key: string
  readonly tags: readonly string[]
  /** What `now()` was before it began to be made. */
  readonly since: number
}

interface Verified {
  readonly tags: readonly string[]
  readonly since: number
  readonly epoch: number
  readonly verdict: TagVerdict
}

/** Entries whose tags were looked at, with the epoch at which they were: bounded in number and in bytes. */
export class VerifiedEntries {
  readonly #entries = new LRUCache<string, Verified>({ max: 10_000, maxSize: 8 * 2 ** 20 })

  /** Undefined: another entry, or another epoch. */
  get({ key, tags, since }: Tagged, epoch: number): TagVerdict | undefined {
    const seen = this.#entries.get(key)
    if (seen === undefined || seen.epoch !== epoch || seen.since !== since) return undefined
    // Two entries of one key can have one `since`, and different tags.
    return isSame(seen.tags, tags) ? seen.verdict : undefined
  }

  set({ key, tags, since }: Tagged, epoch: number, verdict: TagVerdict): void {
    const size = tags.reduce((sum, tag) => sum + 16 + tag.length * 2, 200 + key.length * 2)
    this.#entries.set(key, { tags, since, epoch, verdict }, { size })
  }

  clear(): void {
    this.#entries.clear()
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((tag, i) => tag === b[i]))
}
