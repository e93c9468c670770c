import { TooLargeError } from '../../errors.js'
import type { Entry, EvictCause, EvictListener, StoreStats, SyncStore } from '../store.js'
import type { StoredValue } from '../stored-value.js'
import { Admission } from './admission.js'
import { NOWHERE } from './entry-index.js'
import {
  entryBytes,
  expiresAt,
  hitsAt,
  isRecentAt,
  keyAt,
  MAX_HITS,
  markRecent,
  setExpires,
  setHits,
} from './entry-layout.js'
import { Eviction } from './eviction.js'
import { Ghosts } from './ghosts.js'
import { keyHash } from './key-hash.js'
import { DEFAULT_MAX_BYTES, type MemoryLimits } from './limits.js'
import { RecentEntries, RecentEntry } from './recent-entries.js'
import type { Segment, SegmentQueue } from './segment.js'
import { eachEntry, offsetOf, type Reference, SegmentSpace } from './segment-space.js'
import { ValueForms } from './value-forms.js'

/** Part of `maxBytes` for recent entries, and its bounds. */
const RECENT_SHARE = 16
const MOST_RECENT = 16 * 2 ** 20
/**
 * Entries of a memory store in segments: a page is a few numbers and bytes there, no objects, so
 * that the garbage collector has as much to do for a large store as for a small one. What is asked
 * for often is also kept as it was made of its bytes, within bounds.
 */
export class SegmentEntries implements SyncStore {
  readonly #space: SegmentSpace
  readonly #ghosts: Ghosts
  readonly #eviction: Eviction
  readonly #admission: Admission
  readonly #recent: RecentEntries
  readonly #hash = keyHash()
  readonly #forms = new ValueForms()
  readonly #listeners = new Set<EvictListener>()
  /** Limit for which entries are being dropped. */
  #cause: EvictCause = 'size'
  readonly #maxBytes: number
  /** Bytes for segments and their index. */
  readonly #limit: number
  readonly #maxEntries: number
  readonly #cullFrequency: number
  readonly #now: () => number
  /** The last one read that is not among the recent: `touch` sets its value again. */
  #last: { readonly key: string; readonly entry: RecentEntry } | undefined
  /** Earliest expiry: a full store need not look for expired entries before it. */
  #nextExpiry = Number.POSITIVE_INFINITY

  constructor(limits: MemoryLimits) {
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES
    this.#maxEntries = limits.maxEntries ?? Number.POSITIVE_INFINITY
    this.#cullFrequency = limits.cullFrequency ?? 3
    this.#now = limits.now ?? (() => Date.now())
    const recent = Math.min(MOST_RECENT, this.#maxBytes / RECENT_SHARE)
    this.#recent = new RecentEntries(recent)
    this.#ghosts = new Ghosts(
      2 ** Math.floor(Math.log2(Math.max(16, Math.min(2 ** 31, this.#maxBytes) / 2048))),
    )
    this.#limit = this.#maxBytes - recent - this.#ghosts.bytes
    this.#space = new SegmentSpace(this.#limit)
    this.#admission = new Admission(this.#space, this.#ghosts, this.#limit)
    this.#eviction = new Eviction(this.#space, this.#ghosts, this.#observer())
  }

  get copiesBodies(): boolean {
    return this.#forms.takesKinds
  }

  get(key: string): Entry | undefined {
    const recent = this.#recent.get(key)
    if (recent === undefined) return this.#read(key)
    if (recent.expires === null || recent.expires > this.#now()) {
      recent.touch()
      return recent
    }
    this.delete(key)
    this.#tell(key, undefined, 'expired')
    return undefined
  }

  /** As `get`, but counts no hit. */
  peek(key: string): Entry | undefined {
    const location = this.#space.find(this.#hash(key), key)
    if (location === NOWHERE) return undefined
    const segment = this.#space.segmentAt(location)
    const entry = this.#entryAt(segment, offsetOf(location))
    return entry.expires === null || entry.expires > this.#now() ? entry : undefined
  }

  /**
   * Returns whether it is kept: a large entry that is new to a full store has to come again.
   *
   * @throws TooLargeError when there is no room for it, however much is dropped.
   */
  set(key: string, value: StoredValue, expires: number | null): boolean {
    const past = expires !== null && expires <= this.#now()
    if (past) this.delete(key)
    return past || this.#prolong(key, value, expires) || this.#set(key, value, expires)
  }

  admits(key: string | undefined, bytes: number): boolean {
    if (this.#maxEntries === 0 || this.#space.leastCost(bytes, undefined) > this.#limit) return false
    const hash = key === undefined ? undefined : this.#hash(key)
    const isThere = hash !== undefined && key !== undefined && this.#space.find(hash, key) !== NOWHERE
    return isThere || this.#admission.wouldAdmit(hash, bytes)
  }

  delete(key: string): boolean {
    const location = this.#space.find(this.#hash(key), key)
    if (location === NOWHERE) return false
    const segment = this.#space.segmentAt(location)
    const live = expiresAt(segment, offsetOf(location)) > this.#now()
    this.#drop(key, segment, offsetOf(location))
    return live
  }

  clear(prefix: string): void {
    this.#last = undefined
    if (prefix === '') {
      this.#space.clear()
      this.#recent.clear()
    } else this.#dropWhere((segment, offset) => keyAt(segment, offset).startsWith(prefix))
  }

  stats(): StoreStats {
    return { entries: this.#space.count, bytes: this.#space.cost, limitBytes: this.#maxBytes }
  }

  onEvict(listener: EvictListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #read(key: string): Entry | undefined {
    const location = this.#space.find(this.#hash(key), key)
    if (location === NOWHERE) return undefined
    const segment = this.#space.segmentAt(location)
    const offset = offsetOf(location)
    if (expiresAt(segment, offset) <= this.#now()) {
      this.#drop(key, segment, offset)
      this.#tell(key, undefined, 'expired')
      return undefined
    }
    const hits = hitsAt(segment, offset)
    if (hits < MAX_HITS) setHits(segment, offset, hits + 1)
    const entry = this.#entryAt(segment, offset)
    // From the second time on: a crawler leaves nothing here.
    if (hits > 0 && this.#recent.takesNext()) {
      markRecent(segment, offset)
      this.#recent.put(key, entry, this.#forms.costAt(segment, offset))
    } else this.#last = { key, entry }
    return entry
  }

  #entryAt(segment: Segment, offset: number): RecentEntry {
    const value = this.#forms.valueAt(segment, offset)
    return new RecentEntry(value, expiresAt(segment, offset), { segment, offset })
  }

  /** Gives the value that is there another expiry. @returns false: another value is there */
  #prolong(key: string, value: StoredValue, expires: number | null): boolean {
    const recent = this.#recent.get(key) ?? (this.#last?.key === key ? this.#last.entry : undefined)
    if (recent === undefined || recent.value !== value) return false
    const { segment, offset } = recent.place
    setExpires(segment, offset, expires)
    recent.expires = expires
    this.#note(expires)
    return true
  }

  #set(key: string, value: StoredValue, expires: number | null): boolean {
    const hash = this.#hash(key)
    const { entry, reference } = this.#forms.formOf(hash, key, value, expires)
    const size = entryBytes(key, entry.head, entry.body)
    const found = this.#space.find(hash, key)
    const old = found === NOWHERE ? undefined : this.#space.segmentAt(found)
    const hits = old === undefined ? 0 : hitsAt(old, offsetOf(found))
    const wasMain = old?.queue === this.#space.main
    // The old value would be out of date.
    if (old !== undefined) this.#drop(key, old, offsetOf(found))
    this.#checkSize(size, reference)
    if (this.#space.count >= this.#maxEntries) this.#cull()
    const isAgain = old === undefined && this.#ghosts.take(hash)
    const isKnown = old !== undefined || isAgain
    // Values that were set are there: only pages, which come by themselves, have to come again.
    if (!isKnown && reference === undefined && !this.#admission.admits(hash, size)) {
      this.#tell(key, true)
      return false
    }
    const queue = wasMain || isAgain ? this.#space.main : this.#space.small
    this.#makeRoom(queue, size, reference)
    this.#space.add(queue, entry, hits, reference)
    this.#note(expires)
    return true
  }

  #makeRoom(queue: SegmentQueue, size: number, reference: Reference | undefined): void {
    while (this.#space.cost + this.#space.growth(queue, size, reference) > this.#limit) {
      if (this.#eviction.step()) continue
      // Nothing is left but the tables of an index that was larger.
      this.#space.clear()
      return
    }
  }

  #checkSize(size: number, reference: Reference | undefined): void {
    if (this.#maxEntries === 0) throw new TooLargeError('a memory store with maxEntries 0 keeps nothing')
    const needed = this.#space.leastCost(size, reference)
    if (needed <= this.#limit) return
    throw new TooLargeError(
      `the entry takes ${needed + this.#maxBytes - this.#limit} bytes; maxBytes of the memory store is ${this.#maxBytes}`,
    )
  }

  #note(expires: number | null): void {
    if (expires !== null && expires < this.#nextExpiry) this.#nextExpiry = expires
  }

  #drop(key: string, segment: Segment, offset: number): void {
    if (isRecentAt(segment, offset)) this.#recent.delete(key)
    if (this.#last?.key === key) this.#last = undefined
    this.#space.drop(segment, offset)
  }

  /** Expired entries go first; if none has, one in `cullFrequency` of those asked for least. */
  #cull(): void {
    const now = this.#now()
    if (this.#nextExpiry <= now) {
      this.#nextExpiry = Number.POSITIVE_INFINITY
      const isOver = (segment: Segment, offset: number): boolean => {
        const expires = expiresAt(segment, offset)
        if (expires <= now) return true
        if (expires < this.#nextExpiry) this.#nextExpiry = expires
        return false
      }
      this.#dropWhere(isOver, (key) => this.#tell(key, undefined, 'expired'))
    }
    const { count } = this.#space
    if (count < this.#maxEntries) return
    const share = this.#cullFrequency === 0 ? count : Math.max(1, Math.floor(count / this.#cullFrequency))
    this.#cause = 'count'
    this.#eviction.drop(share)
    this.#cause = 'size'
  }

  #dropWhere(isDropped: (segment: Segment, offset: number) => boolean, tell?: (key: string) => void): void {
    for (const queue of [this.#space.small, this.#space.main])
      for (let segment = queue.oldest; segment !== undefined; ) {
        const { newer } = segment
        const current = segment
        eachEntry(current, (offset) => {
          if (!isDropped(current, offset)) return
          const key = keyAt(current, offset)
          this.#drop(key, current, offset)
          tell?.(key)
        })
        segment = newer
      }
  }

  #tell(key: string, isUnused: boolean | undefined, cause = this.#cause): void {
    for (const listener of this.#listeners) listener(key, cause, isUnused)
  }

  #observer() {
    const listeners = this.#listeners
    return {
      now: this.#now,
      moved: (key: string) => {
        this.#recent.delete(key)
        if (this.#last?.key === key) this.#last = undefined
      },
      evicted: (key: string, isUnused: boolean) => this.#tell(key, isUnused),
      expired: (key: string) => this.#tell(key, undefined, 'expired'),
      get isObserved() {
        return listeners.size > 0
      },
    }
  }
}
