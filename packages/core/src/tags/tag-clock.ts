import { LRUCache } from 'lru-cache'
import { SitecacheError, StoreError } from '../errors.js'
import type { Entry } from '../stores/store.js'
import { after, isPromise, type MaybePromise } from '../util/maybe-promise.js'
import { tagsOf } from './check-tags.js'
import { Counters } from './counters.js'
import { Epoch, guarded, type TagClockDependencies } from './epoch.js'
import { isSameEra } from './era.js'
import { type PeekedVerdict, peekVerdict } from './peek-verdict.js'
import { TagKeys } from './tag-names.js'
import { type Tagged, type TagVerdict, VerifiedEntries } from './verified.js'

/** Options of a purge. */
export interface TagOptions {
  /** Makes entries stale instead of misses, for readers that serve stale ones. @default false */
  readonly soft?: boolean
}

/**
 * Milliseconds that a tag outlives the entries that have it, so that not each of them has to extend
 * it.
 */
const MARGIN_MS = 24 * 60 * 60_000

/**
 * Purging by tag, by a logical clock in the store: one epoch for the cache, which each purge
 * raises, and for each tag the epoch of its last purge. An entry carries its tags and the epoch
 * read before its value began to be computed; it is valid while none of its tags was purged since.
 * So a purge costs the same for one entry and for a million; a value computed before a purge never
 * counts as newer, whatever the order of writes; and no wall clocks are compared.
 *
 * A purge raises the epoch twice: before its tags, so that values computed from then on are newer,
 * and after them, so that readers which looked at the tags meanwhile look again. While the epoch is
 * the same, nothing else need be read.
 *
 * A tag that is absent from the store has been lost, and with it perhaps a purge: entries that have
 * it are invalid. So every writer of entries calls `keep`; and the keys of tags may expire, or be
 * evicted, without a purge being undone.
 */
export class TagClock {
  /** Full key of the epoch: read it together with an entry, in one round trip. */
  readonly epochKey: string
  /** Whether this process has read or written tags of this cache. */
  inUse = false
  readonly #keys: TagKeys
  readonly #parts: TagClockDependencies
  readonly #epoch: Epoch
  readonly #counters: Counters
  readonly #verified = new VerifiedEntries()
  /**
   * Earliest expiry of each tag in the store, as this process knows it; milliseconds since the
   * epoch. Made with the first tag, since it takes its room at once.
   */
  #known: LRUCache<string, number> | undefined

  /** Made by the cache. */
  constructor(parts: TagClockDependencies) {
    this.#parts = parts
    this.#keys = new TagKeys(parts.keyPrefix)
    this.#counters = new Counters(parts.access)
    this.epochKey = this.#keys.epoch
    this.#epoch = new Epoch(this.epochKey, parts)
  }

  /** Returns the epoch in the entry of `epochKey`; 0: there is none, or it can't be read. */
  epochOf(entry: Entry | undefined): number {
    return this.#epoch.of(entry)
  }

  /**
   * Returns the epoch, which is created if it is absent. Read before a value is computed, it is the
   * `since` of the entry. Never rejects: 0 when the store failed, and an entry with that is never
   * valid.
   */
  now(): MaybePromise<number> {
    return this.#epoch.now()
  }

  /** As `now`, past the near tier: for entries that are about to be written. */
  fresh(): MaybePromise<number> {
    this.#epoch.drop()
    return this.now()
  }

  /**
   * Returns the epoch by which entries that were read together with it are to be judged: another
   * one where the store has lost purges that this process knows of. Never rejects; 0: it failed.
   *
   * @param epoch from `epochOf`
   */
  settled(epoch: number): MaybePromise<number> {
    return this.#epoch.isBehind(epoch) ? this.#epoch.confirm(epoch) : epoch
  }

  /** Whether an entry that was made under the epoch `since` can be valid under another one. */
  isCurrent(since: number, epoch: number): boolean {
    return isSameEra(since, epoch)
  }

  /**
   * Makes all entries void that were made before, for every process: the store has lost purges.
   * Never rejects; resolves to the epoch, 0: the store failed.
   */
  async beginEra(): Promise<number> {
    return guarded(this.#parts, 'epoch', 0, () => this.#epoch.beginEra())
  }

  /**
   * Makes the store remember the tags of an entry for as long as it lives. Every writer calls it
   * before or while it stores the entry, which is otherwise invalid after the next purge of any
   * tag. Costs nothing for tags that this process has kept before. Never rejects.
   *
   * @param expires of the entry, in milliseconds since the epoch; null: never
   * @returns the epoch, to serve as `since` when the computation has not begun
   */
  keep(tags: readonly string[], expires: number | null): MaybePromise<number> {
    const until = expires ?? Number.POSITIVE_INFINITY
    const unknown = tags.filter((tag) => (this.#known?.get(tag) ?? 0) < until)
    if (unknown.length === 0) return this.now()
    // A near epoch may be old: a lost tag that came back with one from before its purge would undo
    // that.
    this.#epoch.drop()
    const rememberAll = (epoch: number): MaybePromise<number> => {
      if (epoch === 0) return 0
      const remembered = unknown.map((tag) => this.#remember(tag, epoch, expires))
      const isLater = remembered.some(isPromise)
      return isLater ? Promise.all(remembered).then(() => epoch) : epoch
    }
    return after(this.now(), rememberAll)
  }

  /**
   * Returns whether an entry may be served: without a promise where the store is in this process,
   * or nothing need be read. Never rejects: 'invalid' when the store failed.
   *
   * @param epoch from `epochOf` or `now`, read after the request for the entry began
   */
  verdict(entry: Tagged, epoch: number): MaybePromise<TagVerdict> {
    if (entry.tags.length === 0) return 'valid'
    if (!(entry.since > 0)) return 'invalid'
    const current = epoch > 0 ? this.settled(epoch) : this.now()
    return after(current, (it) => (it > 0 ? this.#judge(entry, it) : 'invalid'))
  }

  /**
   * As `verdict`, without a trace, for callers that only look.
   *
   * @param epochEntry entry of `epochKey`
   * @throws the error of the store
   */
  peekVerdict(entry: Tagged, epochEntry: Entry | undefined): Promise<PeekedVerdict> {
    return peekVerdict(this.#parts.entries, this.#keys, entry, Counters.of(epochEntry))
  }

  #judge(entry: Tagged, epoch: number): MaybePromise<TagVerdict> {
    if (epoch === entry.since) return 'valid'
    if (entry.since > epoch) return this.#verdictAhead(entry)
    if (!isSameEra(entry.since, epoch)) return 'invalid'
    return this.#verified.get(entry, epoch) ?? this.#verify(entry, epoch)
  }

  /**
   * Purges all entries with one of the tags, in every process that shares the store, and values
   * whose computation began before. The time that it takes does not depend on their number.
   *
   * @throws ValueError for values that are no tags; StoreError when the store failed: perhaps
   * nothing was purged. That is an 'error' event too.
   */
  async invalidate(tags: readonly string[], { soft = false }: TagOptions = {}): Promise<void> {
    const names = [...new Set(tagsOf(tags, 'invalidateTags'))]
    if (names.length === 0) return
    this.inUse = true
    await this.#parts.pending.track(this.#report('invalidateTags', () => this.#invalidate(names, soft)))
    this.#parts.meter.invalidate(meansOf(names), soft ? 'soft' : 'hard', names)
  }

  /**
   * Runs `clear` and begins a new era, so that values and pages which are being made are not kept.
   *
   * @throws StoreError when the store failed: perhaps nothing was cleared
   */
  clearing(clear: () => Promise<void>): Promise<void> {
    return this.#report('clear', async () => {
      await this.#epoch.clearing(clear)
      this.#known?.clear()
    })
  }

  async #invalidate(tags: readonly string[], soft: boolean): Promise<void> {
    const epoch = await this.#epoch.raise(1)
    const marked = await Promise.all(
      tags.map((tag) => (soft ? this.#markSoft(tag, epoch) : this.#markHard(tag, epoch))),
    )
    // Concurrent purges can raise a tag above the epoch, which has to be raised above that.
    const highest = marked.reduce((most, it) => Math.max(most, it), epoch)
    await this.#epoch.raise(Math.max(1, highest - epoch))
  }

  async #markHard(tag: string, epoch: number): Promise<number> {
    const expires = this.#parts.now() + MARGIN_MS
    const raise = (key: string) => this.#counters.raise(key, epoch, expires, this.epochKey)
    const [purged, hard] = await Promise.all([raise(this.#keys.purged(tag)), raise(this.#keys.hard(tag))])
    return Math.max(purged, hard)
  }

  async #markSoft(tag: string, epoch: number): Promise<number> {
    const [purgedKey, hardKey] = [this.#keys.purged(tag), this.#keys.hard(tag)]
    const purged = await this.#counters.read(purgedKey)
    const later = this.#parts.now() + MARGIN_MS
    const expires = purged === undefined ? later : purged.expires && Math.max(purged.expires, later)
    const found = await this.#counters.together([hardKey, purgedKey, this.epochKey])
    if (!found.has(hardKey)) {
      // Upper bound of the last hard purge: the last purge of any kind. Where that is lost, this
      // one counts as hard.
      const now = Math.max(epoch, Counters.of(found.get(this.epochKey)))
      await this.#counters.create(hardKey, Counters.of(found.get(purgedKey)) || now, expires)
    }
    return this.#counters.raise(purgedKey, epoch, expires, this.epochKey)
  }

  /** Reads the tags of an entry; the verdict is remembered while the epoch is the same. */
  #verify(entry: Tagged, epoch: number): MaybePromise<TagVerdict> {
    const { entries } = this.#parts
    const read = entries.getMany(entry.tags.map((tag) => this.#keys.purged(tag)))
    const verdict = after(read, (found): MaybePromise<TagVerdict> => {
      const epochs = entry.tags.map((tag) => Counters.of(found.get(this.#keys.purged(tag))))
      for (const [i, tag] of entry.tags.entries()) if (epochs[i] === 0) this.#known?.delete(tag)
      if (epochs.includes(0)) return 'invalid'
      const purged = entry.tags.filter((_, i) => (epochs[i] ?? 0) > entry.since)
      return purged.length === 0 ? 'valid' : this.#verifyPurged(purged, entry.since)
    })
    return after(verdict, (it) => {
      if (it !== 'invalid') this.#verified.set(entry, epoch, it)
      return it
    })
  }

  #verifyPurged(tags: readonly string[], since: number): MaybePromise<TagVerdict> {
    const keys = tags.map((tag) => this.#keys.hard(tag))
    return after(this.#parts.entries.getMany(keys), (found) => {
      const isSoft = (epoch: number) => epoch > 0 && epoch <= since
      return keys.every((key) => isSoft(Counters.of(found.get(key)))) ? 'stale' : 'invalid'
    })
  }

  #remember(tag: string, epoch: number, expires: number | null): MaybePromise<void> {
    const key = this.#keys.purged(tag)
    const until = expires === null ? null : expires + MARGIN_MS
    return guarded(this.#parts, 'keepTags', undefined, () =>
      after(this.#counters.keep(key, epoch, until), () => {
        this.#known ??= new LRUCache({ max: 10_000 })
        this.#known.set(tag, until ?? Number.POSITIVE_INFINITY)
      }),
    )
  }

  /**
   * Judges an entry that is newer than the epoch. Either the epoch came from the near tier and is
   * old; or the store has lost it, and a process with a slow clock made a new one, which purges
   * would not raise above the entry's.
   */
  #verdictAhead(entry: Tagged): MaybePromise<TagVerdict> {
    this.#epoch.drop()
    const isCurrent = (epoch: number) => epoch >= entry.since && isSameEra(entry.since, epoch)
    return after(this.now(), (epoch) => (isCurrent(epoch) ? this.#verify(entry, epoch) : 'invalid'))
  }

  async #report(operation: string, run: () => Promise<void>): Promise<void> {
    const { alias, meter, pending } = this.#parts
    try {
      if (pending.closed) throw new SitecacheError(`cache '${alias}' is closed`)
      await run()
    } catch (error) {
      meter.error(error, operation)
      const reason = error instanceof Error ? error.message : 'unknown error'
      throw new StoreError(
        `${operation} of cache '${alias}' failed, and what it was to drop may still be served: ${reason}`,
        { cause: error },
      )
    }
  }
}

/** Returns the means of a purge by tags: of routes alone, of groups alone (RFC 9875), or others. */
function meansOf(tags: readonly string[]): 'route' | 'group' | 'tag' {
  if (tags.every((tag) => tag.startsWith('sitecache:route:'))) return 'route'
  return tags.every((tag) => tag.startsWith('sitecache:group:')) ? 'group' : 'tag'
}
