import type { StoredValue } from '../stored-value.js'
import { EntryIndex, type KeyMatcher, type Location, SMALLEST_INDEX } from './entry-index.js'
import {
  copyEntry,
  type EntryText,
  entryBytes,
  hashAt,
  hasKeyAt,
  isLiveAt,
  killAt,
  sizeAt,
  writeEntry,
} from './entry-layout.js'
import { Segment, SegmentQueue, segmentCost } from './segment.js'

const SMALLEST_SEGMENT = 512
const LARGEST_SEGMENT = 2 ** 20
/** Segments of a full store, at the least; each eviction empties one. */
const SEGMENTS = 64
/** An entry over this part of a segment has one of its own. */
const OWN_SHARE = 8

/** Value that an entry refers to, and what it takes. */
export interface Reference {
  readonly value: StoredValue
  readonly cost: number
}

/** The segments of a store, and where in them each key's entry is. */
export class SegmentSpace implements KeyMatcher {
  readonly small = new SegmentQueue()
  readonly main = new SegmentQueue()
  /** Bytes of entries that were dropped, in segments that still hold others. */
  dead = 0
  /** Number of entries. */
  count = 0
  readonly segmentBytes: number
  readonly #index: EntryIndex
  readonly #segments: (Segment | undefined)[] = []
  readonly #freeNumbers: number[] = []
  /** Memory of the last segment that went, if none of it was lent. */
  #spare: Buffer | undefined

  /** @param maxBytes that it may take at the most: the segments are made to measure */
  constructor(maxBytes: number) {
    const size = 2 ** Math.floor(Math.log2(Math.max(1, maxBytes / SEGMENTS)))
    this.#index = new EntryIndex(this, maxBytes)
    this.segmentBytes = Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, size))
  }

  /** Bytes that it takes. */
  get cost(): number {
    const spare = this.#spare === undefined ? 0 : segmentCost(this.segmentBytes)
    return this.small.cost + this.main.cost + this.#index.bytes + spare
  }

  find(hash: number, key: string): Location {
    return this.#index.find(hash, key)
  }

  hasKey(location: Location, key: string): boolean {
    return hasKeyAt(this.segmentAt(location), offsetOf(location), key)
  }

  segmentAt(location: Location): Segment {
    const segment = this.#segments[Math.floor(location / LARGEST_SEGMENT)]
    if (segment === undefined) throw new Error('the memory store lost a segment')
    return segment
  }

  /** Bytes by which an entry of that size makes it grow. */
  growth(queue: SegmentQueue, size: number, reference?: Reference): number {
    if (this.#isOwn(size, reference)) return segmentCost(size) + (reference?.cost ?? 0)
    const { open } = queue
    const hasRoom = open !== undefined && open.used + size <= this.segmentBytes
    return hasRoom || this.#spare !== undefined ? 0 : segmentCost(this.segmentBytes)
  }

  /** Bytes that it takes with no entry but one of that size. */
  leastCost(size: number, reference: Reference | undefined): number {
    const own = this.#isOwn(size, reference)
    return segmentCost(own ? size : this.segmentBytes) + (reference?.cost ?? 0) + SMALLEST_INDEX
  }

  add(queue: SegmentQueue, entry: EntryText, hits: number, reference?: Reference): Location {
    const size = entryBytes(entry.key, entry.head, entry.body)
    const segment = this.#isOwn(size, reference)
      ? this.#make(queue, Buffer.allocUnsafeSlow(size), reference)
      : this.#open(queue, size)
    const offset = writeEntry(segment, entry, size, hits)
    const location = locationOf(segment, offset)
    this.#index.add(entry.hash, location)
    this.count += 1
    return location
  }

  /** Drops an entry. Its segment goes with the last. */
  drop(segment: Segment, offset: number): void {
    const size = sizeAt(segment, offset)
    this.#index.delete(hashAt(segment, offset), locationOf(segment, offset))
    killAt(segment, offset)
    segment.live -= size
    this.dead += size
    this.count -= 1
    if (segment.live === 0 && segment.queue?.open !== segment) this.free(segment)
  }

  /** Moves an entry to the newest end of a queue. */
  move(segment: Segment, offset: number, queue: SegmentQueue, hits: number): void {
    const size = sizeAt(segment, offset)
    const target = this.#open(queue, size)
    const to = locationOf(target, copyEntry(segment, offset, target, hits))
    this.#index.move(hashAt(segment, offset), locationOf(segment, offset), to)
    killAt(segment, offset)
    segment.live -= size
    this.dead += size
  }

  /** Moves a segment of one entry. */
  moveOwn(segment: Segment, queue: SegmentQueue): void {
    segment.queue?.remove(segment)
    queue.push(segment)
  }

  /** Gives up a segment that has no entries. */
  free(segment: Segment): void {
    this.dead -= segment.used - segment.live
    segment.queue?.remove(segment)
    if (!segment.isLent && !this.isOwn(segment)) this.#spare = segment.bytes
    this.#segments[segment.number] = undefined
    this.#freeNumbers.push(segment.number)
  }

  clear(): void {
    for (const queue of [this.small, this.main])
      for (let segment = queue.oldest; segment !== undefined; segment = queue.oldest) queue.remove(segment)
    this.#index.clear()
    this.#segments.length = 0
    this.#freeNumbers.length = 0
    this.#spare = undefined
    this.dead = 0
    this.count = 0
  }

  /** Whether it has but one entry. */
  isOwn(segment: Segment): boolean {
    return segment.reference !== undefined || segment.bytes.length !== this.segmentBytes
  }

  #isOwn(size: number, reference: Reference | undefined): boolean {
    return reference !== undefined || size > this.segmentBytes / OWN_SHARE
  }

  #open(queue: SegmentQueue, size: number): Segment {
    const { open } = queue
    if (open !== undefined && open.used + size <= open.bytes.length) return open
    const made = this.#make(queue, this.#spare ?? Buffer.allocUnsafeSlow(this.segmentBytes))
    this.#spare = undefined
    queue.open = made
    // All in it was dropped while it was written to.
    if (open !== undefined && open.live === 0) this.free(open)
    return made
  }

  #make(queue: SegmentQueue, bytes: Buffer, reference?: Reference): Segment {
    const number = this.#freeNumbers.pop() ?? this.#segments.length
    const segment = new Segment(number, bytes, reference)
    this.#segments[number] = segment
    queue.push(segment)
    return segment
  }
}

/** Calls `visit` for each entry of a segment; it may drop or move that one. */
export function eachEntry(segment: Segment, visit: (offset: number) => void): void {
  const end = segment.used
  for (let offset = 0; offset < end; ) {
    const size = sizeAt(segment, offset)
    if (isLiveAt(segment, offset)) visit(offset)
    offset += size
  }
}

function locationOf(segment: Segment, offset: number): Location {
  return segment.number * LARGEST_SEGMENT + offset
}

export function offsetOf(location: Location): number {
  return location % LARGEST_SEGMENT
}
