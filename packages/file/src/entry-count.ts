import type { EvictListener } from '@sitecache/core/store'
import type { Folder } from './folder.js'
import { type Candidate, candidates, drop, dropExpired } from './sweep.js'

/** Limits of a folder. */
export interface Limits {
  readonly maxEntries: number
  /** When full, one in this many is dropped; 0: all. */
  readonly cullFrequency: number
}

/**
 * Up to this limit a write waits for the cull and the limit is exact; larger folders are culled in
 * the background.
 */
const EXACT = 1000

/** A count rests this many times its own duration, and a second at least: 2 % of a thread. */
const REST = 50
const MIN_REST_MS = 1000

/** Counts entries without listing the folder at each write, and drops some when it is full. */
export class EntryCount {
  readonly #folder: Folder
  readonly #limits: Limits
  readonly #now: () => number
  readonly #listeners = new Set<EvictListener>()
  /** Entries at the last listing plus the changes of this process; undefined: not counted yet. */
  #count: number | undefined
  /** New entries being written: a listing may or may not see them. */
  #underWay = 0
  #countAgain = 0
  /** The last admission in the queue. */
  #line: Promise<void> = Promise.resolve()
  /** Wakes the admission that waits for a written entry. */
  #wake: (() => void) | undefined
  /** Candidates that the last cull left. */
  #rest: AsyncGenerator<Candidate[]> | undefined
  #culling: Promise<void> | undefined
  #counting: Promise<void> | undefined

  constructor(folder: Folder, limits: Limits, now: () => number) {
    this.#folder = folder
    this.#limits = limits
    this.#now = now
  }

  /** Makes room for a new entry; `admitted` must follow. */
  async admit(): Promise<void> {
    if (this.#limits.maxEntries > EXACT) {
      if (this.#isFull()) void this.#cullOnce().catch(() => {})
      else if (this.#isOld()) void this.#countOnce().catch(() => {})
      this.#enter()
      return
    }
    // One after the other: concurrent admissions would all see the same room.
    const admission = this.#line.then(() => this.#makeRoom())
    this.#line = admission.catch(() => {})
    await admission
  }

  /** Ends an admission; `written`: the entry is there. */
  admitted(written: boolean): void {
    this.#underWay -= 1
    if (!written) this.#change(-1)
    this.#wake?.()
  }

  removed(): void {
    this.#change(-1)
  }

  /** Returns about the number of entries; only the first call waits for a listing. */
  async entries(): Promise<number> {
    const counting = this.#isOld() || this.#count === undefined ? this.#countOnce() : undefined
    if (this.#count === undefined) await counting
    else counting?.catch(() => {})
    return this.#count ?? 0
  }

  onEvict(listener: EvictListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Resolves when no background work is left. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#culling, this.#counting])
  }

  async #makeRoom(): Promise<void> {
    if (this.#isOld()) await this.#countOnce()
    while (this.#isFull()) {
      await this.#cullOnce()
      if (!this.#isFull() || this.#underWay === 0) break
      // The room belongs to entries that are being written and can't be dropped.
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#enter()
  }

  #enter(): void {
    this.#underWay += 1
    this.#change(1)
  }

  #isOld(): boolean {
    return performance.now() > this.#countAgain
  }

  #isFull(): boolean {
    return this.#count === undefined || this.#count >= this.#limits.maxEntries
  }

  #change(by: number): void {
    if (this.#count !== undefined) this.#count = Math.max(0, this.#count + by)
  }

  #countOnce(): Promise<void> {
    this.#counting ??= this.#recount().finally(() => {
      this.#counting = undefined
    })
    return this.#counting
  }

  async #recount(): Promise<void> {
    const started = performance.now()
    // No second listing meanwhile, nor right after one that failed.
    this.#countAgain = Number.POSITIVE_INFINITY
    let count = 0
    try {
      for (const shard of await this.#folder.shards()) count += (await this.#folder.entries(shard)).length
      this.#count = count + this.#underWay
    } finally {
      const took = performance.now() - started
      this.#countAgain = performance.now() + Math.max(MIN_REST_MS, took * REST)
    }
  }

  #cullOnce(): Promise<void> {
    this.#culling ??= this.#cull().finally(() => {
      this.#culling = undefined
    })
    return this.#culling
  }

  /**
   * Continues where the last cull stopped, batch by batch until there is room: a large folder stays
   * nearly full, and each write pays for a part. A small one is a single batch.
   */
  async #cull(): Promise<void> {
    const { maxEntries, cullFrequency } = this.#limits
    // Other processes may have made room.
    if (maxEntries <= EXACT || this.#count === undefined || this.#isOld()) await this.#countOnce()
    if (!this.#isFull()) return
    if (cullFrequency === 0) this.#rest = undefined
    for (let ends = 0; ends < 2 && (this.#isFull() || (cullFrequency === 0 && ends === 0)); ) {
      this.#rest ??= candidates(this.#folder, EXACT)
      const { value: batch, done } = await this.#rest.next()
      if (done !== true) {
        const share = cullFrequency === 0 ? batch.length : Math.floor(batch.length / cullFrequency)
        await this.#dropSome(batch, Math.max(1, share))
        continue
      }
      this.#rest = undefined
      ends += 1
    }
  }

  /**
   * Drops `count` entries, the soonest to expire first, and all others that have expired. In place
   * of one that can't be removed, the next goes.
   */
  async #dropSome(batch: readonly Candidate[], count: number): Promise<void> {
    const now = this.#now()
    let left = count
    for (const candidate of batch.toSorted((a, b) => a.expires - b.expires)) {
      if (left === 0 && candidate.expires > now) break
      const dropped =
        left > 0
          ? drop(this.#folder, candidate.path, this.#listeners, now)
          : dropExpired(this.#folder, candidate, now)
      const isGone = await dropped.catch(() => undefined)
      if (isGone !== undefined && left > 0) left -= 1
      if (isGone === true) this.removed()
    }
  }
}
