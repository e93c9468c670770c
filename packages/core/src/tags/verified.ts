import { LRUCache } from 'lru-cache'

/** Verdict on an entry by its tags: it may be served; only as stale; not at all. */
export type TagVerdict = 'valid' | 'stale' | 'invalid'

/** An entry that was stored with tags. */
export interface Tagged {
  /** Its full key. */
  readonly key: string
  readonly tags: readonly string[]
  /** The epoch, `now()`, from before its value was computed. */
  readonly since: number
}

interface Verified {
  readonly tags: readonly string[]
  readonly since: number
  readonly epoch: number
  readonly verdict: TagVerdict
}

/**
 * Verdicts by entry, each with the epoch at which its tags were read: bounded in number and in
 * bytes.
 */
export class VerifiedEntries {
  /** Made with the first verdict, since it takes its room at once. */
  #entries: LRUCache<string, Verified> | undefined

  /** @returns undefined: there is none for this entry and epoch */
  get({ key, tags, since }: Tagged, epoch: number): TagVerdict | undefined {
    const known = this.#entries?.get(key)
    if (known === undefined || known.epoch !== epoch || known.since !== since) return undefined
    // Two entries of one key can have one `since`, and different tags.
    return isSame(known.tags, tags) ? known.verdict : undefined
  }

  set({ key, tags, since }: Tagged, epoch: number, verdict: TagVerdict): void {
    const size = tags.reduce((sum, tag) => sum + 16 + tag.length * 2, 200 + key.length * 2)
    this.#entries ??= new LRUCache({ max: 10_000, maxSize: 8 * 2 ** 20 })
    this.#entries.set(key, { tags, since, epoch, verdict }, { size })
  }

  clear(): void {
    this.#entries?.clear()
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((tag, i) => tag === b[i]))
}
