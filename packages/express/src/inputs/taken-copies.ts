import { choosingHeaders, deviceHeaders } from '@sitecache/http'
import { watchSeen } from './headers-copies.js'
import { destinationOfCopy } from './known-readers.js'
import type { RequestReads } from './request-reads.js'

/** Where all of these are learned, no copy tells more. */
const whereCopied: readonly string[] = [...choosingHeaders, 'user-agent']

/**
 * Copies of all headers of a request. What is read of a `Headers` of this realm is seen
 * (`headers-copies.ts`). Of any other copy nothing is: a plain object (h3, Nuxt), or the `Headers`
 * of another realm or package (the middlewares of Next.js). The headers by which servers choose
 * count as read then.
 */
export class TakenCopies {
  readonly #reads: RequestReads
  /** Copies of which it is not known where they went. */
  #taken = 0
  /** Number of watches that had begun when the last was taken: of later ones it is none. */
  #stage = 0
  /** `Headers` that were filled, field by field, while all headers were read. */
  #filled = 0
  /** Node made a `Headers` of the request's. */
  #isMadeByNode = false
  /** A `Headers` with all headers of the request was read: one that was made of a list of them. */
  #isRead = false

  constructor(reads: RequestReads) {
    this.#reads = reads
    reads.onSettle((isLast) => {
      if (isLast) this.#settle()
    })
  }

  /** An enumeration of all headers has begun. */
  begin(): void {
    if (!this.#isOpen()) return
    watchSeen(this.#reads, {
      filled: () => {
        this.#filled += 1
      },
      read: () => {
        this.#isRead = true
      },
    })
  }

  /** It has read all of them. */
  complete(): void {
    if (!this.#isOpen()) return
    const destination = destinationOfCopy()
    if (destination === 'device') for (const name of deviceHeaders) this.#reads.note(name)
    if (destination === 'fetch') this.#isMadeByNode = true
    if (destination !== 'unknown') return
    this.#taken += 1
    this.#stage = this.#reads.stage
  }

  #isOpen(): boolean {
    const reads = this.#reads
    return !reads.silent && !reads.isClosing && !whereCopied.every((name) => reads.knows(name))
  }

  /** Each `Headers` that is read tells of one copy at the most: others may have been made of it. */
  get #seen(): number {
    if (this.#filled > 0 || this.#isMadeByNode) return this.#filled
    return this.#isRead ? 1 : 0
  }

  #settle(): void {
    if (this.#taken <= this.#seen) return
    this.#taken = 0
    if (this.#reads.silent) return
    for (const watch of this.#reads.watches)
      if (watch.stage <= this.#stage) for (const name of choosingHeaders) watch.note(name)
  }
}
