import { expiresAt, hashAt, hitsAt, isRecentAt, keyAt, MAX_HITS, setHits, sizeAt } from './entry-layout.js'
import type { Ghosts } from './ghosts.js'
import type { Segment, SegmentQueue } from './segment.js'
import { eachEntry, type SegmentSpace } from './segment-space.js'

/** Part of the store that takes new entries. */
const SMALL_SHARE = 0.1
/** Part of a segment that may stay when it is emptied: some of it must become free. */
const KEPT_SHARE = 0.75
/** Segments are emptied of what was replaced when it takes this part of the store. */
const DEAD_SHARE = 0.1
/** Of such a segment at least this part was replaced. */
const SPARSE_SHARE = 0.5

/** Follows what eviction does. */
export interface EvictionObserver {
  readonly now: () => number
  /** The entry of this key is somewhere else, or was dropped. */
  moved(key: string): void
  /**
   * The entry of this key was dropped for room.
   *
   * @param isUnused nobody has asked for it since it came
   */
  evicted(key: string, isUnused: boolean): void
  /** The entry of this key was dropped, as it has expired. */
  expired(key: string): void
  /** Whether anything is to be told of evicted entries. */
  readonly isObserved: boolean
}

/**
 * S3-FIFO (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023) by segments:
 * new entries go to a small queue, and those that were asked for again while they were in it to the
 * main one, where they stay as long as they are asked for. One that was dropped from the small
 * queue and comes again soon, as the ghosts know, goes to the main queue at once. A segment is
 * emptied at a time, the oldest of its queue, and what stays of it is copied.
 */
export class Eviction {
  readonly #space: SegmentSpace
  readonly #ghosts: Ghosts
  readonly #observer: EvictionObserver

  constructor(space: SegmentSpace, ghosts: Ghosts, observer: EvictionObserver) {
    this.#space = space
    this.#ghosts = ghosts
    this.#observer = observer
  }

  /** Makes some room. @returns false: there is nothing to drop */
  step(): boolean {
    const sparse = this.#space.dead > this.#space.cost * DEAD_SHARE ? this.#sparsest() : undefined
    if (sparse !== undefined) {
      this.#clean(sparse)
      return true
    }
    const victim = this.#victim()
    if (victim === undefined) return false
    if (victim.queue === this.#space.main) this.#emptyMain(victim)
    else this.#empty(victim, (offset) => hitsAt(victim, offset) === 0)
    return true
  }

  /** Drops so many entries, or all. */
  drop(count: number): void {
    const until = Math.max(0, this.#space.count - count)
    const isOver = () => this.#space.count > until
    while (isOver()) {
      const victim = this.#victim()
      if (victim === undefined) return
      this.#empty(victim, (offset) => hitsAt(victim, offset) === 0, isOver)
    }
  }

  /** Returns the segment whose turn it is. */
  #victim(): Segment | undefined {
    const { small, main } = this.#space
    const isSmallFull = small.cost > (small.cost + main.cost) * SMALL_SHARE
    return isSmallFull ? (small.oldest ?? main.oldest) : (main.oldest ?? small.oldest)
  }

  /** Empties a segment of the main queue, and keeps what was asked for most. */
  #emptyMain(victim: Segment): void {
    if (this.#space.isOwn(victim)) {
      this.#empty(victim, (offset) => hitsAt(victim, offset) === 0)
      return
    }
    const bytesByHits = new Array<number>(MAX_HITS + 1).fill(0)
    eachEntry(victim, (offset) => {
      const hits = hitsAt(victim, offset)
      bytesByHits[hits] = (bytesByHits[hits] ?? 0) + sizeAt(victim, offset)
    })
    let room = victim.bytes.length * KEPT_SHARE
    let least = MAX_HITS
    for (; least > 1 && (bytesByHits[least] ?? 0) < room; least--) room -= bytesByHits[least] ?? 0
    // Of those with the least number of hits that can stay, as many as there is room for.
    this.#empty(victim, (offset) => {
      const hits = hitsAt(victim, offset)
      if (hits !== least || hits === 0) return hits < least
      room -= sizeAt(victim, offset)
      return room < 0
    })
  }

  /**
   * Empties a segment: what `isDropped` says, and what has expired, goes; the rest is moved to the
   * main queue.
   */
  #empty(victim: Segment, isDropped: (offset: number) => boolean, mayGoOn: () => boolean = () => true): void {
    const fromSmall = victim.queue === this.#space.small
    const now = this.#observer.now()
    this.#close(victim)
    eachEntry(victim, (offset) => {
      if (!mayGoOn()) return
      if (isRecentAt(victim, offset)) this.#observer.moved(keyAt(victim, offset))
      if (expiresAt(victim, offset) <= now) this.#expire(victim, offset)
      else if (isDropped(offset)) this.#evict(victim, offset, fromSmall)
      else this.#keep(victim, offset, fromSmall ? 0 : hitsAt(victim, offset) - 1)
    })
    this.#freeIfEmpty(victim)
  }

  #keep(victim: Segment, offset: number, hits: number): void {
    const { main } = this.#space
    if (this.#space.isOwn(victim)) {
      setHits(victim, offset, hits)
      this.#space.moveOwn(victim, main)
    } else this.#space.move(victim, offset, main, hits)
  }

  #evict(victim: Segment, offset: number, fromSmall: boolean): void {
    if (fromSmall) this.#ghosts.add(hashAt(victim, offset))
    const key = this.#observer.isObserved ? keyAt(victim, offset) : undefined
    this.#space.drop(victim, offset)
    // Entries of the small queue that are dropped were not asked for; those of the main one were.
    if (key !== undefined) this.#observer.evicted(key, fromSmall)
  }

  #expire(victim: Segment, offset: number): void {
    const key = this.#observer.isObserved ? keyAt(victim, offset) : undefined
    this.#space.drop(victim, offset)
    if (key !== undefined) this.#observer.expired(key)
  }

  /** Moves all that is left in a segment, so that it can go. */
  #clean(victim: Segment): void {
    const queue = victim.queue === this.#space.small ? this.#space.small : this.#space.main
    this.#close(victim)
    eachEntry(victim, (offset) => {
      if (isRecentAt(victim, offset)) this.#observer.moved(keyAt(victim, offset))
      this.#space.move(victim, offset, queue, hitsAt(victim, offset))
    })
    this.#freeIfEmpty(victim)
  }

  #sparsest(): Segment | undefined {
    const { small, main } = this.#space
    let sparsest: Segment | undefined
    let most = this.#space.segmentBytes * SPARSE_SHARE
    for (const queue of [small, main])
      for (let segment = queue.oldest; segment !== undefined; segment = segment.newer) {
        const dead = segment.used - segment.live
        if (segment === queue.open || dead <= most) continue
        sparsest = segment
        most = dead
      }
    return sparsest
  }

  #close(victim: Segment): void {
    const queue: SegmentQueue | undefined = victim.queue
    if (queue?.open === victim) queue.open = undefined
  }

  #freeIfEmpty(victim: Segment): void {
    if (victim.live === 0 && victim.queue !== undefined) this.#space.free(victim)
  }
}
