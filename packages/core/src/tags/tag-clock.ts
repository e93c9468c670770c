import { LRUCache } from 'lru-cache'
import { SitecacheError, StoreError } from '../errors.js'
import type { Entry } from '../stores/store.js'
import { after, type MaybePromise } from '../util/maybe-promise.js'
import { checkTags } from './check-tags.js'
import { Counters } from './counters.js'
import { Epoch, guarded, type TagClockParts } from './epoch.js'
import { TagKeys } from './tag-names.js'
import { type Tagged, type TagVerdict, VerifiedEntries } from './verified.js'

/** How a purge treats what it reaches. */
export interface TagOptions {
  /** True: entries become stale, for those who serve such, instead of misses. @default false */
  readonly soft?: boolean
}

/** Milliseconds that a tag is remembered beyond the entries that have it, so that it need not be extended with each. */
const MARGIN_MS = 24 * 60 * 60_000

/**
 * Purging by tag, by a logical clock in the store: one epoch for the cache, which each purge raises, and for each tag the
 * epoch of its last purge. An entry carries its tags and the epoch read before its value began to be computed; it is
 * valid while none of its tags was purged since. So a purge costs the same for one entry and for a million, what was
 * computed before a purge can't pass for newer, whatever the order of writes, and no wall clocks are compared.
 *
 * A purge raises the epoch twice: before its tags, so that what is computed from then on is newer, and after them, so
 * that whoever looked at the tags meanwhile looks again. While the epoch is the same, nothing else need be read.
 *
 * A tag that the store does not hold has been lost, and with it perhaps a purge: entries that have it are invalid. So
 * whoever stores entries calls `keep`; and the keys of tags may expire, or be evicted, without a purge being undone.
 */
export class TagClock {
  /** The full key of the epoch: to be read together with an entry, in one round trip. */
  readonly epochKey: string
  /** Whether this process has had to do with tags of this cache's values. */
  inUse = false
  readonly #keys: TagKeys
  readonly #parts: TagClockParts
  readonly #epoch: Epoch
  readonly #counters: Counters
  readonly #verified = new VerifiedEntries()
  /** Until when the store remembers a tag at the least, as far as this process knows; milliseconds since the epoch. */
  readonly #known = new LRUCache<string, number>({ max: 10_000 })

  /** Made by the cache. */
  constructor(parts: TagClockParts) {
    this.#parts = parts
    this.#keys = new TagKeys(parts.keyPrefix)
    this.#counters = new Counters(parts.access)
    this.epochKey = this.#keys.epoch
    this.#epoch = new Epoch(this.epochKey, parts)
  }

  /** The epoch that an entry read from `epochKey` holds; 0: there is none, or none that can be read. */
  epochOf(entry: Entry | undefined): number {
    return this.#epoch.of(entry)
  }

  /**
   * The epoch: read before a value begins to be computed, it is the `since` of the entry. It is created if it is absent.
   * Never rejects: 0 when the store failed, and an entry of then is never valid.
   */
  now(): MaybePromise<number> {
    return this.#epoch.now()
  }

  /**
   * Has the store remember the tags of an entry for as long as it lives. To be called by whoever stores one, at any
   * time before or while it does; an entry whose tags are not remembered is invalid after the next purge of any tag.
   * Costs nothing for tags that this process has kept before. Never rejects.
   *
   * @param expires of the entry, in milliseconds since the epoch; null: never
   * @returns the epoch, to serve as `since` when the computation has not begun
   */
  keep(tags: readonly string[], expires: number | null): MaybePromise<number> {
    const until = expires ?? Number.POSITIVE_INFINITY
    const unknown = tags.filter((tag) => (this.#known.get(tag) ?? 0) < until)
    if (unknown.length === 0) return this.now()
    // A lost tag that came back with an epoch from before its purge would undo that: near may be old.
    this.#epoch.drop()
    const plant = (epoch: number): MaybePromise<number> => {
      if (epoch === 0) return 0
      const planted = unknown.map((tag) => this.#plant(tag, epoch, expires))
      const isLater = planted.some((it) => it instanceof Promise)
      return isLater ? Promise.all(planted).then(() => epoch) : epoch
    }
    return after(this.now(), plant)
  }

  /**
   * What is to be thought of an entry; at once where the store lives in this process, or where nothing need be read.
   * Never rejects: 'invalid' when the store failed.
   *
   * @param epoch as `epochOf` or `now` answered it, read after whoever asks began to
   */
  verdict(entry: Tagged, epoch: number): MaybePromise<TagVerdict> {
    if (entry.tags.length === 0) return 'valid'
    if (!(entry.since > 0)) return 'invalid'
    if (!(epoch > 0)) return after(this.now(), (made) => (made > 0 ? this.#verify(entry, made) : 'invalid'))
    if (epoch === entry.since) return 'valid'
    if (entry.since > epoch) return this.#verdictAhead(entry)
    return this.#verified.get(entry, epoch) ?? this.#verify(entry, epoch)
  }

  /**
   * Purges what has one of the tags, in every process that shares the store. What began to be computed before is not
   * kept either. The time that it takes does not depend on how much there is.
   *
   * @throws ValueError for what are no tags; StoreError when the store failed: perhaps nothing was purged. That is an
   * 'error' event too.
   */
  async invalidate(tags: readonly string[], { soft = false }: TagOptions = {}): Promise<void> {
    const names = [...new Set(checkTags(tags, 'invalidateTags'))]
    if (names.length === 0) return
    this.inUse = true
    await this.#parts.pending.track(this.#report('invalidateTags', () => this.#invalidate(names, soft)))
  }

  /** Clears by `clear`, so that what is being computed is not kept afterwards: the epoch never comes back as it was. */
  async clearing(clear: () => Promise<void>): Promise<void> {
    await clear()
    this.#known.clear()
    // Here and now, by a process that knows the last one: another's clock might be behind it.
    await this.#epoch.renew()
  }

  async #invalidate(tags: readonly string[], soft: boolean): Promise<void> {
    const epoch = await this.#epoch.raise(1)
    const marked = await Promise.all(
      tags.map((tag) => (soft ? this.#markSoft(tag, epoch) : this.#markHard(tag, epoch))),
    )
    // Purges at the same time can raise a tag beyond the epoch: what is computed from now on has to be newer.
    const highest = marked.reduce((most, it) => Math.max(most, it), epoch)
    await this.#epoch.raise(Math.max(1, highest - epoch))
  }

  async #markHard(tag: string, epoch: number): Promise<number> {
    const expires = this.#parts.now() + MARGIN_MS
    const raise = (key: string) => this.#counters.raise(key, epoch, expires)
    const [purged, hard] = await Promise.all([raise(this.#keys.purged(tag)), raise(this.#keys.hard(tag))])
    return Math.max(purged, hard)
  }

  async #markSoft(tag: string, epoch: number): Promise<number> {
    const purged = await this.#counters.read(this.#keys.purged(tag))
    const before = Counters.of(purged)
    const later = this.#parts.now() + MARGIN_MS
    const expires = purged === undefined ? later : purged.expires && Math.max(purged.expires, later)
    // The last hard purge was not after the last purge of any kind. Where that is lost, this one counts as hard.
    await this.#counters.create(this.#keys.hard(tag), before || epoch, expires)
    return this.#counters.raise(this.#keys.purged(tag), epoch, expires)
  }

  /** Reads the tags of an entry; remembers what was found, for as long as the epoch is the same. */
  #verify(entry: Tagged, epoch: number): MaybePromise<TagVerdict> {
    const { entries } = this.#parts
    const read = entries.getMany(entry.tags.map((tag) => this.#keys.purged(tag)))
    const verdict = after(read, (found): MaybePromise<TagVerdict> => {
      const epochs = entry.tags.map((tag) => Counters.of(found.get(this.#keys.purged(tag))))
      for (const [i, tag] of entry.tags.entries()) if (epochs[i] === 0) this.#known.delete(tag)
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

  #plant(tag: string, epoch: number, expires: number | null): MaybePromise<void> {
    const key = this.#keys.purged(tag)
    const until = expires === null ? null : expires + MARGIN_MS
    return guarded(this.#parts, 'keepTags', undefined, () =>
      after(this.#counters.keep(key, epoch, until), () => {
        this.#known.set(tag, until ?? Number.POSITIVE_INFINITY)
      }),
    )
  }

  /**
   * An entry from after the epoch that was read: that came from near and is old; or the store has lost the epoch, and
   * one with a slow clock made the new one, which purges would not raise beyond the entry's.
   */
  #verdictAhead(entry: Tagged): MaybePromise<TagVerdict> {
    this.#epoch.drop()
    return after(this.now(), (epoch) => (epoch >= entry.since ? this.#verify(entry, epoch) : 'invalid'))
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
        `${operation} of cache '${alias}' failed, and what has the tags may still be served: ${reason}`,
        { cause: error },
      )
    }
  }
}
