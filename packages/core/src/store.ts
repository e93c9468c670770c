import { addToInteger } from './integer.js'
import type { Encodable, StoredValue } from './stored-value.js'

/** A key's value as a store answers it. */
export interface Entry {
  readonly value: StoredValue
  /** Milliseconds since the epoch; null: never. */
  readonly expires: number | null
}

/** What a store holds, as far as it can tell cheaply. */
export interface StoreStats {
  readonly entries?: number
  readonly bytes?: number
  /** Of a store that is guarded: 'open' while it counts as down, 'half-open' while that is being tried. */
  readonly circuit?: 'closed' | 'half-open' | 'open'
  /** State of the writes of a guarded store, while they fail and reads are answered. */
  readonly writeCircuit?: 'half-open' | 'open'
  /** Of a tiered store: what is held in this process. */
  readonly near?: StoreStats
  /** Of a tiered store: messages of changes that could not be published. */
  readonly invalidationsLost?: number
}

/** Told of each entry that was dropped to make room. */
export type EvictListener = (key: string) => void

/** The part of a store that answers without a promise: for stores that live in this process. */
export interface SyncStore {
  get(key: string): Entry | undefined
  /** @throws TooLargeError for an entry over the store's limit, which it does not keep. */
  set(key: string, value: StoredValue, expires: number | null): void
  delete(key: string): boolean
  clear(prefix: string): void
}

/** What a store that lives elsewhere keeps in this process, for a short time: answers without a promise. */
export interface NearEntries {
  /** Undefined: not here; the store itself may have it. */
  get(key: string): Entry | undefined
  /**
   * Whether there was none a short time ago: known only of keys that `getMany` was asked for beside as many that were there, such
   * as what marks a page as purged. So a flood of keys that nobody has leaves nothing here.
   */
  isAbsent(key: string): boolean
  /**
   * Keeps what an entry's bytes were decoded to in their place, so that the next hit has nothing to decode. Nothing
   * happens when another entry has come since, or none is kept.
   *
   * @param entry as this store answered it: the same object
   */
  remember(key: string, entry: Entry, value: Encodable): void
  /** Keeps nothing of this key, nor what is being read of it: the next `get` of the store asks where it lives. */
  drop(key: string): void
}

/**
 * Where entries live. Keys are full keys, times are milliseconds since the epoch (null: never expires), an expiry
 * that is past means: not kept. An expired entry is as absent as one never stored. A method that fails rejects.
 *
 * Extend `BaseStore`, which supplies what is not native to a store, and run `storeContract` on the result.
 */
export interface Store {
  /** For messages: 'memory', 'redis', … */
  readonly name: string
  /** Present on a store that lives in this process: a page hit from it waits for nothing. */
  readonly sync?: SyncStore
  /** Present on a store that lives elsewhere and keeps some entries in this process. */
  readonly near?: NearEntries
  /** Present with `near`: the same store, of which everything that leaves this process passes through `wrap`'s. */
  wrapFar?(wrap: (far: Store) => Store): Store
  get(key: string): Promise<Entry | undefined>
  set(key: string, value: StoredValue, expires: number | null): Promise<void>
  /** Whether there was one. */
  delete(key: string): Promise<boolean>
  /** Drops every key that begins with the prefix, and nothing else. A cache's prefixes end with a colon. */
  clear(prefix: string): Promise<void>
  /** Stores unless the key is there; whether it did. */
  add(key: string, value: StoredValue, expires: number | null): Promise<boolean>
  has(key: string): Promise<boolean>
  /** Gives an entry another expiry; false: not there. */
  touch(key: string, expires: number | null): Promise<boolean>
  /**
   * Adds to a value that is an integer in ASCII decimals and keeps its expiry; undefined: not there.
   *
   * @throws ValueError when the value is not an integer, or the result is not a safe one; it is left as it was.
   */
  incr(key: string, delta: number): Promise<number | undefined>
  /**
   * Deletes a key if its value is this one; whether it did. Atomic, or not there at all: without it the holder of a lease
   * that has almost run out leaves it to expire.
   *
   * @param value small, and as it was given to `set` or `add`
   */
  compareDelete?(key: string, value: Uint8Array): Promise<boolean>
  /** Gives a key another expiry if its value is this one; whether it did. As `compareDelete`. */
  compareTouch?(key: string, value: Uint8Array, expires: number | null): Promise<boolean>
  /** Hits only. */
  getMany(keys: readonly string[]): Promise<Map<string, Entry>>
  /** Keys that could not be stored. */
  setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]>
  /** How many were there. */
  deleteMany(keys: readonly string[]): Promise<number>
  /** Rejects, with a message for the operator, when the store can't be used. */
  check(): Promise<void>
  close(): Promise<void>
  stats(): Promise<StoreStats>
  /** Calls the listener for each entry dropped for room; answers what ends that. */
  onEvict?(listener: EvictListener): () => void
}

/**
 * Supplies the rest of a store from `get`, `set`, `delete` and `clear`.
 *
 * Not atomic here: `add`, `touch` and `incr` read and then write, so that two processes can both succeed.
 * Override them where the store can do better, and the `…Many` where one round trip does.
 */
export abstract class BaseStore implements Store {
  abstract readonly name: string
  abstract get(key: string): Promise<Entry | undefined>
  abstract set(key: string, value: StoredValue, expires: number | null): Promise<void>
  abstract delete(key: string): Promise<boolean>
  abstract clear(prefix: string): Promise<void>

  async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    if (await this.has(key)) return false
    await this.set(key, value, expires)
    return true
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined
  }

  async touch(key: string, expires: number | null): Promise<boolean> {
    const entry = await this.get(key)
    if (entry === undefined) return false
    await this.set(key, entry.value, expires)
    return true
  }

  async incr(key: string, delta: number): Promise<number | undefined> {
    const entry = await this.get(key)
    if (entry === undefined) return undefined
    const { sum, bytes } = addToInteger(entry.value, delta)
    await this.set(key, bytes, entry.expires)
    return sum
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>()
    const entries = await Promise.all(keys.map((key) => this.get(key)))
    for (const [i, key] of keys.entries()) {
      const entry = entries[i]
      if (entry !== undefined) found.set(key, entry)
    }
    return found
  }

  async setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]> {
    const keys = [...entries.keys()]
    const results = await Promise.allSettled(
      [...entries].map(([key, value]) => this.set(key, value, expires)),
    )
    return keys.filter((_, i) => results[i]?.status === 'rejected')
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const deleted = await Promise.all(keys.map((key) => this.delete(key)))
    return deleted.filter(Boolean).length
  }

  async check(): Promise<void> {
    await this.get('sitecache:check')
  }

  async close(): Promise<void> {}

  async stats(): Promise<StoreStats> {
    return {}
  }
}

/** Whether a value has the methods that no store can be without. */
export function isStore(value: unknown): value is Store {
  if (typeof value !== 'object' || value === null) return false
  return ['get', 'set', 'delete', 'clear', 'add', 'incr', 'getMany'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  )
}
