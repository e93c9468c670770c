import { type EvictListener, redact } from '@sitecache/core/store'
import type { EntriesTable } from './entries-table.js'

/** When entries are dropped, and how many. */
export interface CullOptions {
  readonly maxEntries: number
  /** One in so many is dropped; 0: all. */
  readonly cullFrequency: number
  readonly now: () => number
  /** From 0 up to 1. */
  readonly random: () => number
}

/** Up to so many entries are counted before every write; more only now and then. */
const SMALL = 1000

/** Of a large table, a hundredth may be written before it is counted again. */
const SHARE = 100

/** A large table is looked at for expired entries this often, in milliseconds, even when little is written. */
const LONGEST_REST = 60_000

/**
 * Drops what is expired, and then what expires soonest, when a table is full.
 *
 * A small table never holds more than `maxEntries`. Of a large one each process counts what it writes, and looks at the
 * table after so many writes, behind the caller's back: it may hold some hundredths more.
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
    // At another place for each process: those that write little and end soon would otherwise never come to cull.
    this.#writes = Math.floor(options.random() * this.#interval)
    this.#rested = options.now()
  }

  /** Calls the listener for each entry dropped for room; answers what ends that. */
  onEvict(listener: EvictListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Makes room for entries that are about to be written: waits for it where the table is small. */
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

  /** Ends a culling that is under way with its batch, and resolves then. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#underWay
  }

  /** Never rejects: nobody is there to hear it. */
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
    process.emitWarning(
      `Old entries could not be dropped from the table ${this.#table.name}: ${redact(reason)}`,
      {
        type: 'SitecacheWarning',
        code: 'SITECACHE_CULL',
      },
    )
  }

  /** Room for those that are about to be written. */
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
   * Drops what expires soonest until so many are left, or as many are dropped as were too many: those that are written
   * meanwhile are for the next time. Counts after each batch, because another process may be at it too.
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

  /** Others than these; of a table that is far too full, a part: it takes more than one culling then. */
  #count(ids: readonly Uint8Array[]): Promise<number> {
    return this.#table.count(this.#options.maxEntries * 2 + 1, ids)
  }
}
