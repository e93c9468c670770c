import { bytesOf, type Cache, type Entry, type Lease, StoreError } from '@sitecache/core'
import { after, keepRenewed, type MaybePromise } from '@sitecache/core/internal'
import { HIT_FOR_MISS_MS, type SharedOutcome } from './renders.js'

/**
 * Note to other processes about a render, beside its page: its response is nobody else's; it
 * failed; it is of no use to wait for one, for two in a row have failed, or the store would not
 * have the page: each process tries for itself, side by side.
 */
export type RenderNote = 'unstorable' | 'failed' | 'failing'

/** How long each is remembered, in milliseconds. */
const notes: Readonly<Record<RenderNote, number>> = {
  unstorable: HIT_FOR_MISS_MS,
  failed: 5000,
  failing: 2000,
}

/**
 * Milliseconds after which others need not heed a process that died, or stands still. Much shorter
 * than anyone waits, so that one of the waiting requests takes its place; long enough for three
 * renewals, of which a busy process may miss one or two.
 */
const LEASE_MS = 2000

/** Makes the key of what is kept under a name. */
type KeyMaker = (kind: 'lock' | 'mark', name: string) => string

/** The locks of one layer's pages, in the store that the processes share. */
export class PageLocks {
  readonly #cache: Cache
  readonly #keyOf: KeyMaker
  readonly #version: number | undefined

  constructor(cache: Cache, version: number | undefined, keyOf: KeyMaker) {
    this.#cache = cache
    this.#version = version
    this.#keyOf = keyOf
  }

  /**
   * The lock of a name, if nobody holds it.
   *
   * @param patience milliseconds after which it is given up, whatever came of the render: nobody
   *   waits longer
   * @returns 'held': by another; 'no-store': the store failed, and keeps nobody out
   */
  async take(name: string, patience: number): Promise<PageLock | 'held' | 'no-store'> {
    const version = this.#version === undefined ? {} : { version: this.#version }
    const lease = await this.#cache.lease(this.#keyOf('lock', name), { ttlMs: LEASE_MS, ...version })
    if (lease === undefined) return 'held'
    return lease.token === 0
      ? 'no-store'
      : new PageLock(this.#cache, name, this.#markKey(name), lease, patience)
  }

  /** Reads the note that the last render under a name left for the others. */
  mark(name: string): MaybePromise<RenderNote | undefined> {
    return after(this.#cache.entries.getFresh(this.#markKey(name)), noteOf)
  }

  #markKey(name: string): string {
    return this.#cache.makeKey(this.#keyOf('mark', name), this.#version)
  }
}

/** Reads a note from a store, which may hold anything. */
function noteOf(entry: Entry | undefined): RenderNote | undefined {
  if (entry === undefined) return undefined
  try {
    const text = Buffer.from(bytesOf(entry.value)).toString('latin1')
    return Object.hasOwn(notes, text) ? (text as RenderNote) : undefined
  } catch {
    return undefined
  }
}

/** The right to have a page rendered, of one process among those that share a store. */
export class PageLock {
  /** The render before this one failed. */
  isSecondTry = false
  /** It ends with a render that has begun. */
  isInUse = false
  readonly name: string
  readonly #cache: Cache
  readonly #markKey: string
  readonly #lease: Lease
  readonly #stop: () => void
  readonly #patience: NodeJS.Timeout

  constructor(cache: Cache, name: string, markKey: string, lease: Lease, patience: number) {
    this.name = name
    this.#cache = cache
    this.#markKey = markKey
    this.#lease = lease
    this.#stop = keepRenewed(lease, LEASE_MS, () => {
      cache.meter.error(new StoreError('the lease of a page ran out while it was rendered'), 'lock')
    })
    this.#patience = setTimeout(() => this.release(), patience).unref()
  }

  /** No other process can have begun since. */
  get isHeld(): boolean {
    return this.#lease.isHeld
  }

  /** Tells the others what came of the render, and lets the next one begin. */
  end(outcome: SharedOutcome): void {
    const mark = this.#markFor(outcome)
    if (mark === undefined) {
      this.release()
      return
    }
    const bytes = Buffer.from(mark, 'latin1')
    const marked = this.#cache.entries.set(this.#markKey, bytes, Date.now() + notes[mark])
    // First the mark: the next request that takes the lock looks for it.
    this.#cache.waitFor(Promise.resolve(marked).then(() => this.release()))
  }

  /** Lets the next one begin. Any number of times. */
  release(): void {
    this.#stop()
    clearTimeout(this.#patience)
    this.#cache.waitFor(this.#lease.release())
  }

  #markFor(outcome: SharedOutcome): RenderNote | undefined {
    if (outcome === 'unstorable') return 'unstorable'
    if (outcome === 'lost') return 'failing'
    if (outcome !== 'failed') return undefined
    return this.isSecondTry ? 'failing' : 'failed'
  }
}
