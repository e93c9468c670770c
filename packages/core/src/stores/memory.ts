import { checkOptions, func, oneOf, wholeNumber } from '../options/check-options.js'
import { BaseStore } from './base-store.js'
import { addToInteger } from './integer.js'
import { LruEntries } from './memory/lru-entries.js'
import { SegmentEntries } from './memory/segment-entries.js'
import type { Entry, EvictListener, Store, StoreStats } from './store.js'
import { bytesOf, type StoredValue } from './stored-value.js'

/** Limits of a memory store. */
export interface MemoryStoreOptions {
  /** Most bytes of keys, values and their bookkeeping. @default 64 MiB */
  readonly maxBytes?: number
  /** Most entries. @default no limit but `maxBytes` */
  readonly maxEntries?: number
  /**
   * At `maxEntries`, one entry in so many is dropped, in the order of `eviction`; 0: all.
   *
   * @default 3
   */
  readonly cullFrequency?: number
  /**
   * Order in which entries are dropped for room. 's3-fifo': those go first that were asked for once
   * only, so that a crawler drives out nothing that visitors ask for. 'lru': the least recently
   * used go first, and every value is kept as it is given, by reference.
   *
   * @default 's3-fifo'
   */
  readonly eviction?: 's3-fifo' | 'lru'
  /** Milliseconds since the epoch; for tests. @default Date.now */
  readonly now?: () => number
}

/**
 * Makes a store in this process, which drops the entries that are asked for least when it is full.
 *
 * @throws SettingsError for an option that is unknown or out of range.
 *
 * @example
 * createCaches({ default: { store: memoryStore({ maxBytes: 16 * 2 ** 20 }) } })
 */
export function memoryStore(options?: MemoryStoreOptions): Store {
  const { eviction, ...limits } = checkOptions(options, schema, 'memoryStore()')
  return new MemoryStore(eviction === 'lru' ? new LruEntries(limits) : new SegmentEntries(limits))
}

/** Limits that may stand in a URL, too. */
export const memoryLimits = {
  maxBytes: wholeNumber(1),
  maxEntries: wholeNumber(0),
  cullFrequency: wholeNumber(0),
  eviction: oneOf('s3-fifo', 'lru'),
}

const schema = { ...memoryLimits, now: func<() => number>() }

/** Every operation is atomic: it is done within one turn of the event loop. */
class MemoryStore extends BaseStore {
  readonly name = 'memory'

  constructor(readonly sync: LruEntries | SegmentEntries) {
    super()
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.sync.get(key)
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    this.sync.set(key, value, expires)
  }

  async delete(key: string): Promise<boolean> {
    return this.sync.delete(key)
  }

  async clear(prefix: string): Promise<void> {
    this.sync.clear(prefix)
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    if (this.sync.peek(key) !== undefined) return false
    this.sync.set(key, value, expires)
    return true
  }

  override async has(key: string): Promise<boolean> {
    return this.sync.peek(key) !== undefined
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    const entry = this.sync.get(key)
    if (entry === undefined) return false
    this.sync.set(key, entry.value, expires)
    return true
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    const entry = this.sync.get(key)
    if (entry === undefined) return undefined
    const { sum, bytes } = addToInteger(entry.value, delta)
    this.sync.set(key, bytes, entry.expires)
    return sum
  }

  async compareDelete(key: string, value: Uint8Array): Promise<boolean> {
    return this.#holds(key, value) && this.sync.delete(key)
  }

  async compareTouch(key: string, value: Uint8Array, expires: number | null): Promise<boolean> {
    return this.#holds(key, value) && this.touch(key, expires)
  }

  async peekMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>()
    for (const key of keys) {
      const entry = this.sync.peek(key)
      if (entry !== undefined) found.set(key, entry)
    }
    return found
  }

  override async stats(): Promise<StoreStats> {
    return this.sync.stats()
  }

  override async close(): Promise<void> {
    this.sync.clear('')
  }

  onEvict(listener: EvictListener): () => void {
    return this.sync.onEvict(listener)
  }

  #holds(key: string, value: Uint8Array): boolean {
    const entry = this.sync.peek(key)
    return entry !== undefined && Buffer.from(bytesOf(entry.value)).equals(value)
  }
}
