import { types } from 'node:util'
import { TooLargeError } from '../../errors.js'
import type { Entry, EvictListener, StoreStats, SyncStore } from '../store.js'
import type { Encodable, StoredValue, ValueParts } from '../stored-value.js'
import {
  BYTES,
  bodyAt,
  type EntryText,
  entryBytes,
  expiresAt,
  FIRST_RESTORED,
  headAt,
  hitsAt,
  isRecentAt,
  keyAt,
  kindAt,
  LAST_KIND,
  MAX_HITS,
  markRecent,
  REFERENCE,
  setExpires,
  setHits,
} from './entry-layout.js'
import { Eviction } from './eviction.js'
import { Ghosts } from './ghosts.js'
import { keyHash } from './key-hash.js'
import { DEFAULT_MAX_BYTES, type MemoryLimits } from './limits.js'
import { copyOf, ownBytes } from './own-bytes.js'
import { RecentEntries, RecentEntry } from './recent-entries.js'
import type { Segment, SegmentQueue } from './segment.js'
import { eachEntry, NOWHERE, offsetOf, type Reference, SegmentSpace } from './segment-space.js'

/** Bytes that a value kept by reference takes beside its own: its objects, and their allocations. */
const REFERENCE_OVERHEAD = 512
/** Values and bodies up to this size are copied out of a segment: none pins a whole one. */
const SMALL_VALUE = 4096
/** Part of `maxBytes` for recent entries, and its bounds. */
const RECENT_SHARE = 16
const MOST_RECENT = 16 * 2 ** 20
/** Bytes of a recent entry beside its text, and how many times that is in memory then. */
const RECENT_OVERHEAD = 700
const RECENT_FACTOR = 4
/** A full store keeps a new entry over this part of `maxBytes` when it comes the second time. */
const ADMITTED_SHARE = 1024
const ALWAYS_ADMITTED = 2 ** 16
/** Changes the hash of a key that was not kept: its ghost is another than that of one that was. */
const REFUSED = 0x5bd1e995
const noBody = Buffer.alloc(0)

/**
 * Entries of a memory store in segments: a page is a few numbers and bytes there, no objects, so
 * that the garbage collector has as much to do for a large store as for a small one. What is asked
 * for often is also kept as it was made of its bytes, within bounds.
 */
export class SegmentEntries implements SyncStore {
  readonly #space: SegmentSpace
  readonly #ghosts: Ghosts
  readonly #eviction: Eviction
  readonly #recent: RecentEntries
  readonly #hash = keyHash()
  readonly #restore: ValueParts['restore'][] = []
  readonly #listeners = new Set<EvictListener>()
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
    this.#eviction = new Eviction(this.#space, this.#ghosts, this.#observer())
  }

  get(key: string): Entry | undefined {
    const recent = this.#recent.get(key)
    if (recent === undefined) return this.#read(key)
    if (recent.expires === null || recent.expires > this.#now()) {
      recent.touch()
      return recent
    }
    this.delete(key)
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

  /** @throws TooLargeError when there is no room for it, however much is dropped. */
  set(key: string, value: StoredValue, expires: number | null): void {
    const past = expires !== null && expires <= this.#now()
    if (past) this.delete(key)
    else if (!this.#prolong(key, value, expires)) this.#set(key, value, expires)
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
    return { entries: this.#space.count, bytes: this.#space.cost + this.#maxBytes - this.#limit }
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
      return undefined
    }
    const hits = hitsAt(segment, offset)
    if (hits < MAX_HITS) setHits(segment, offset, hits + 1)
    const entry = this.#entryAt(segment, offset)
    markRecent(segment, offset)
    // From the second time on: a crawler leaves nothing here.
    if (hits > 0) this.#recent.put(key, entry)
    else this.#last = { key, entry }
    return entry
  }

  #entryAt(segment: Segment, offset: number): RecentEntry {
    const value = this.#valueAt(segment, offset)
    const head = kindAt(segment, offset) < FIRST_RESTORED ? value.byteLength : headAt(segment, offset).length
    const cost = RECENT_OVERHEAD + (segment.reference === undefined ? RECENT_FACTOR * head : 0)
    return new RecentEntry(value, expiresAt(segment, offset), { segment, offset }, cost)
  }

  #valueAt(segment: Segment, offset: number): StoredValue {
    if (segment.reference !== undefined) return segment.reference
    const kind = kindAt(segment, offset)
    const body = bodyAt(segment, offset)
    const restore = this.#restore[kind - FIRST_RESTORED]
    if (restore === undefined) return copyOf(body)
    const isCopied = body.length <= SMALL_VALUE
    if (!isCopied) segment.isLent = true
    return restore(headAt(segment, offset), isCopied ? Buffer.from(body) : body)
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

  #set(key: string, value: StoredValue, expires: number | null): void {
    const hash = this.#hash(key)
    const { entry, reference } = this.#plan(hash, key, value, expires)
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
    if (!isKnown && !this.#isAdmitted(hash, size + (reference?.cost ?? 0))) {
      this.#tell(key)
      return
    }
    const queue = wasMain || isAgain ? this.#space.main : this.#space.small
    this.#makeRoom(queue, size, reference)
    this.#space.add(queue, entry, hits, reference)
    this.#note(expires)
  }

  #makeRoom(queue: SegmentQueue, size: number, reference: Reference | undefined): void {
    while (this.#space.cost + this.#space.growth(queue, size, reference) > this.#limit) {
      if (this.#eviction.step()) continue
      // Nothing is left but the tables of an index that was larger.
      this.#space.clear()
      return
    }
  }

  /** How a value is kept. */
  #plan(
    hash: number,
    key: string,
    value: StoredValue,
    expires: number | null,
  ): { entry: EntryText; reference: Reference | undefined } {
    const parts = this.#partsOf(value)
    if (parts !== undefined) return { entry: { hash, key, ...parts, expires }, reference: undefined }
    const reference = { value: ownBytes(value), cost: REFERENCE_OVERHEAD + value.byteLength }
    return { entry: { hash, key, kind: REFERENCE, head: '', body: noBody, expires }, reference }
  }

  /** @returns undefined: it is kept by reference */
  #partsOf(value: StoredValue): { kind: number; head: string; body: Uint8Array } | undefined {
    if (types.isUint8Array(value))
      return value.byteLength > SMALL_VALUE ? undefined : { kind: BYTES, head: '', body: value }
    const parts = (value as Encodable).parts?.()
    if (parts === undefined) return undefined
    let kind = this.#restore.indexOf(parts.restore)
    if (kind < 0) {
      if (this.#restore.length > LAST_KIND - FIRST_RESTORED) return undefined
      kind = this.#restore.push(parts.restore) - 1
    }
    return { kind: kind + FIRST_RESTORED, head: parts.head, body: parts.body }
  }

  /** Whether a new entry of that size is kept; if not, it is the next time. */
  #isAdmitted(hash: number, size: number): boolean {
    if (size <= ALWAYS_ADMITTED || size <= this.#maxBytes / ADMITTED_SHARE) return true
    // With room for it and a segment of each queue, it is not full.
    if (this.#space.cost + size + 3 * this.#space.segmentBytes <= this.#limit) return true
    if (this.#ghosts.take(hash ^ REFUSED)) return true
    this.#ghosts.add(hash ^ REFUSED)
    return false
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
      this.#dropWhere((segment, offset) => {
        const expires = expiresAt(segment, offset)
        if (expires <= now) return true
        if (expires < this.#nextExpiry) this.#nextExpiry = expires
        return false
      })
    }
    const { count } = this.#space
    if (count < this.#maxEntries) return
    this.#eviction.drop(
      this.#cullFrequency === 0 ? count : Math.max(1, Math.floor(count / this.#cullFrequency)),
    )
  }

  #dropWhere(isDropped: (segment: Segment, offset: number) => boolean): void {
    for (const queue of [this.#space.small, this.#space.main])
      for (let segment = queue.oldest; segment !== undefined; ) {
        const { newer } = segment
        const current = segment
        eachEntry(current, (offset) => {
          if (isDropped(current, offset)) this.#drop(keyAt(current, offset), current, offset)
        })
        segment = newer
      }
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key)
  }

  #observer() {
    const listeners = this.#listeners
    return {
      now: this.#now,
      moved: (key: string) => {
        this.#recent.delete(key)
        if (this.#last?.key === key) this.#last = undefined
      },
      evicted: (key: string) => this.#tell(key),
      get isObserved() {
        return listeners.size > 0
      },
    }
  }
}
