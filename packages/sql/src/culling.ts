import { type EvictListener, redact, warn } from '@sitecache/core/store'
import type { EntriesTable } from './entries-table.js'

/** Limits of a table. */
export interface CullOptions {
  readonly maxEntries: number
  /** One entry in this many is dropped; 0: all. */
  readonly cullFrequency: number
  readonly now: () => number
  /** From 0 up to 1. */
  readonly random: () => number
}

/** Tables up to this limit are counted before every write; larger ones now and then. */
const SMALL = 1000

/** Part of a large table that may be written before the next count: a hundredth. */
const SHARE = 100

/** Longest time between two looks for expired entries in a large table, in milliseconds. */
const LONGEST_REST = 60_000

/**
 * Drops expired entries and then the soonest to expire, when a table is full.
 *
 * A small table never exceeds `maxEntries`. For a large one each process counts its writes, and
 * looks at the table in the background after a number of them: it may exceed the limit by some
 * hundredths.
 */
export class Culling {
  readonly #table: EntriesTable
  readonly #options: CullOptions
  readonly #listeners = new Set<EvictListener>()
  readonly #interval: number
  #writes: number
  #rested: number
  #underWay: Promise<void> | undefined
  #warned = false
  #ended = false

  constructor(table: EntriesTable, options: CullOptions) {
    this.#table = table
    this.#options = options
    this.#interval = Math.ceil(options.maxEntries / SHARE)
    // Starts at a random number: processes that write little and end soon would else never cull.
    this.#writes = Math.floor(options.random() * this.#interval)
    this.#rested = options.now()
  }

  /** Calls the listener for each entry dropped for room; returns a function that ends that. */
  onEvict(listener: EvictListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Makes room for new entries; waits for it where the table is small. */
  async makeRoom(ids: readonly Uint8Array[]): Promise<void> {
    if (this.#options.maxEntries <= SMALL) return this.#cull(ids)
    this.#writes += ids.length
    const now = this.#options.now()
    if (this.#underWay !== undefined || this.#ended) return
    if (this.#writes < this.#interval && now - this.#rested < LONGEST_REST) return
    this.#writes = 0
    this.#rested = now
    this.#underWay = this.#cullBehind()
  }

  /** Ends a running cull after its batch; resolves then. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#underWay
  }

  /** Never rejects: it runs in the background. */
  async #cullBehind(): Promise<void> {
    try {
      await this.#table.dropAll({ expiredAt: this.#options.now() })
      await this.#cull([])
    } catch (error) {
      this.#warn(error)
    } finally {
      this.#underWay = undefined
    }
  }

  #warn(error: unknown): void {
    if (this.#warned) return
    this.#warned = true
    const reason = error instanceof Error ? error.message : 'unknown error'
    warn(
      'SITECACHE_CULL',
      `Old entries could not be dropped from the table ${this.#table.name}: ${redact(reason)}`,
    )
  }

  /** Makes room for new entries. */
  async #cull(ids: readonly Uint8Array[]): Promise<void> {
    const { maxEntries, cullFrequency, now } = this.#options
    const most = maxEntries - ids.length
    if ((await this.#count(ids)) <= most) return
    await this.#table.dropAll({ expiredAt: now() })
    const size = await this.#count(ids)
    if (size <= most) return
    const kept = cullFrequency === 0 ? 0 : size - Math.max(1, Math.floor(size / cullFrequency))
    await this.#shrink(size, Math.max(0, Math.min(most, kept)), ids)
  }

  /**
   * Drops the soonest to expire until `target` are left, or the excess is dropped: later writes are
   * for the next cull. Counts after each batch, because another process may cull too.
   */
  async #shrink(size: number, target: number, ids: readonly Uint8Array[]): Promise<void> {
    for (let excess = size - target; excess > 0 && !this.#ended; ) {
      let keys = await this.#table.evict('expiring soonest', excess)
      if (keys.length === 0) keys = await this.#table.evict('never expiring', excess)
      if (keys.length === 0) return
      for (const key of keys) for (const listener of this.#listeners) listener(key)
      excess = Math.min(excess - keys.length, (await this.#count(ids)) - target)
    }
  }

  /**
   * Counts other entries than these, up to twice the limit: a table far too full takes several
   * culls.
   */
  #count(ids: readonly Uint8Array[]): Promise<number> {
    return this.#table.count(this.#options.maxEntries * 2 + 1, ids)
  }
}
