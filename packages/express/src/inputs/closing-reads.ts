import { callersIn, isOwnFile, type TakenStack, takeStack } from './callers.js'
import { readerAmong } from './known-readers.js'
import type { RequestReads } from './request-reads.js'
import type { EndMark } from './written-end.js'

/** A read that was made while the response went out, and what has it count. */
interface PutOff {
  readonly stack: TakenStack
  readonly count: () => void
}

/** Frames that tell by which package was read. */
const FRAMES = 24
/** Beyond these the package is looked at when it reads. */
const MAX_PUT_OFF = 64

/** Reads of which it is not known yet whether they count. */
class PutOffReads {
  #reads: PutOff[] = []

  get isEmpty(): boolean {
    return this.#reads.length === 0
  }

  /** @param count learns what was read */
  put(count: () => void): void {
    const read = { stack: takeStack(FRAMES, PutOffReads.prototype.put), count }
    if (this.#reads.length < MAX_PUT_OFF) this.#reads.push(read)
    else countOf(read)
  }

  settle(hasChanged: boolean): void {
    const reads = this.#reads
    this.#reads = []
    if (hasChanged) for (const read of reads) countOf(read)
  }
}

/**
 * Reads of one watch that are made while head or end are on their way to its layer: by access logs,
 * and by sessions that save themselves, which decide nothing; or by a middleware that sets a header
 * or changes the body by what it has read. They count once head or body turn out to have changed
 * since.
 */
export class ClosingReads {
  readonly #reads: RequestReads
  #isHeadTaken = false
  #isEndTaken = false
  #inHead: PutOffReads | undefined
  #atEnd: PutOffReads | undefined
  /** Head before the first read in a hook, and before the first behind the end. */
  #headInHook = ''
  #headAtEnd: string | undefined
  /** The end as it left what stands below the look-up. */
  #left: EndMark | undefined
  #isRewritten = false

  constructor(reads: RequestReads) {
    this.#reads = reads
  }

  /** Whether head or body may still be changed before they come to the layer. */
  isOpen(part: 'head' | 'body'): boolean {
    return part === 'head' ? !this.#isHeadTaken : !this.#isEndTaken
  }

  /**
   * Puts a read off, if head or end are on their way.
   *
   * @param count learns what was read
   * @returns false where it counts at once
   */
  putsOff(count: () => void): boolean {
    const reads = this.#reads
    if (!reads.isClosing) return false
    if (reads.isInHead) {
      if (this.#inHead === undefined) this.#headInHook = headOf(reads)
      this.#inHead ??= new PutOffReads()
      this.#inHead.put(count)
    } else {
      if (this.#atEnd === undefined && !this.#isHeadTaken) this.#headAtEnd = headOf(reads)
      this.#atEnd ??= new PutOffReads()
      this.#atEnd.put(count)
    }
    return true
  }

  headTaken(): void {
    this.#isHeadTaken = true
    this.#inHead?.settle(this.#headInHook !== headOf(this.#reads))
    this.#inHead = undefined
  }

  /** Whether a middleware above the look-up, that runs on a hit too, has changed the body. */
  get isRewritten(): boolean {
    return this.#isRewritten
  }

  /** The end leaves what stands below the look-up. */
  endLeaves(): void {
    this.#left ??= this.#reads.end.mark()
  }

  endTaken(chunk: unknown): void {
    if (this.#isEndTaken) return
    this.#isEndTaken = true
    const { end } = this.#reads
    end.passes(chunk)
    if (this.#left !== undefined) this.#isRewritten = end.isOtherSince(this.#left)
    this.#atEnd?.settle(end.isChanged || (this.#headAtEnd ?? '') !== this.#headNow())
    this.#atEnd = undefined
    this.#left = undefined
  }

  #headNow(): string {
    return this.#headAtEnd === undefined ? '' : headOf(this.#reads)
  }
}

/** Text of the head, without what compression makes of it, which shows nothing of a visitor. */
function headOf({ res }: RequestReads): string {
  const { vary, 'content-encoding': coding, 'content-length': length, ...headers } = res.getHeaders()
  return JSON.stringify([res.statusCode, res.statusMessage, headers])
}

function countOf({ stack, count }: PutOff): void {
  if (readerAmong(callersIn(stack), isOwnFile) === undefined) count()
}
