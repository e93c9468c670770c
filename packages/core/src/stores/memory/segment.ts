import type { StoredValue } from '../stored-value.js'

/**
 * Bytes that a segment takes beside its memory: its objects, and the page that malloc rounds a
 * large block up by.
 */
const SEGMENT_OVERHEAD = 384
const LARGE_OVERHEAD = 4096 + SEGMENT_OVERHEAD
const LARGE = 2 ** 17

/** Returns the bytes that a segment of that size takes. */
export function segmentCost(size: number): number {
  return size + (size >= LARGE ? LARGE_OVERHEAD : SEGMENT_OVERHEAD)
}

/**
 * Memory into which entries are written one behind the other. What was lent is never overwritten: a
 * response may be being sent from there long after its entry was dropped; what is left of the
 * segment is the collector's then. Only memory of which nobody has seen a part is used again.
 */
export class Segment {
  readonly bytes: Buffer
  /** Everything that it takes. */
  readonly cost: number
  /** Value that its only entry refers to; undefined: its entries are bytes. */
  readonly reference: StoredValue | undefined
  /** Place in the table of segments. */
  readonly number: number
  /** Views of its memory were handed out. */
  isLent = false
  /** Bytes written. */
  used = 0
  /** Bytes of entries that were not dropped. */
  live = 0
  queue: SegmentQueue | undefined
  older: Segment | undefined
  newer: Segment | undefined

  constructor(number: number, bytes: Buffer, reference?: { value: StoredValue; cost: number }) {
    this.bytes = bytes
    this.number = number
    this.reference = reference?.value
    this.cost = segmentCost(bytes.length) + (reference?.cost ?? 0)
  }

  append(size: number): void {
    this.used += size
    this.live += size
  }
}

/** Segments, the oldest first. */
export class SegmentQueue {
  oldest: Segment | undefined
  #newest: Segment | undefined
  /** The one that is written to. */
  open: Segment | undefined
  /** Bytes that its segments take. */
  cost = 0

  push(segment: Segment): void {
    segment.queue = this
    segment.older = this.#newest
    segment.newer = undefined
    if (this.#newest === undefined) this.oldest = segment
    else this.#newest.newer = segment
    this.#newest = segment
    this.cost += segment.cost
  }

  remove(segment: Segment): void {
    const { older, newer } = segment
    if (older === undefined) this.oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    if (this.open === segment) this.open = undefined
    segment.queue = undefined
    segment.older = undefined
    segment.newer = undefined
    this.cost -= segment.cost
  }
}
