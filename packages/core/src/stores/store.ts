import type { Encodable, StoredValue } from './stored-value.js'

/** Value of a key, as a store returns it. */
export interface Entry {
  readonly value: StoredValue
  /** Milliseconds since the epoch; null: never. */
  readonly expires: number | null
}

/** Statistics of a store, as far as they are cheap. */
export interface StoreStats {
  readonly entries?: number
  readonly bytes?: number
  /** Most bytes that it keeps. */
  readonly limitBytes?: number
  /** Of a guarded store: 'open' while it counts as down, 'half-open' while a probe is under way. */
  readonly circuit?: 'closed' | 'half-open' | 'open'
  /** State of the writes of a guarded store, while they fail and reads are answered. */
  readonly writeCircuit?: 'half-open' | 'open'
  /** Of a tiered store: its entries in this process. */
  readonly near?: StoreStats
  /** Of a tiered store: messages of changes that could not be published. */
  readonly invalidationsLost?: number
  /** Of a tiered store: messages of changes that it has published. */
  readonly invalidationsSent?: number
  /** Of a tiered store: messages of changes by other processes. */
  readonly invalidationsReceived?: number
}

/**
 * Cause for which a store drops an entry by itself: for room, as its bytes (`size`) or its entries
 * (`count`) are at their limit; or as its time is over (`expired`).
 */
export type EvictCause = 'size' | 'count' | 'expired'

/**
 * Called with the key of each entry that a store has dropped to make room; a store may also tell of
 * those that it drops since they have expired.
 *
 * @param cause undefined: for room, and the store can't tell which limit
 * @param isUnused whether it was never read; undefined: the store can't tell
 */
export type EvictListener = (key: string, cause?: EvictCause, isUnused?: boolean) => void

/** Methods without promises, of a store in this process. */
export interface SyncStore {
  /**
   * Whether `set` copies the body of each value that has `parts`, so that its bytes may change
   * afterwards.
   *
   * @default false
   */
  readonly copiesBodies?: boolean
  get(key: string): Entry | undefined
  /** As `get`, but leaves no trace: neither a hit, nor an order of use. */
  peek(key: string): Entry | undefined
  /**
   * Returns whether it is kept: a full store may have an entry come again first.
   *
   * @throws TooLargeError for an entry over the store's limit, which it does not keep.
   */
  set(key: string, value: StoredValue, expires: number | null): boolean
  /**
   * Returns whether `set` would keep a new entry of that size now. Leaves no trace.
   *
   * @param key undefined: one that was never set
   * @param bytes of key and value
   */
  admits(key: string | undefined, bytes: number): boolean
  delete(key: string): boolean
  clear(prefix: string): void
}

/**
 * Entries that a store elsewhere keeps in this process for a short time; methods without promises.
 */
export interface NearEntries {
  /** @returns undefined: not in this process; the store itself may have it */
  get(key: string): Entry | undefined
  /**
   * Returns whether the key was absent a short time ago. Known only of keys that `getMany` read
   * beside as many that were there, such as the mark of a purged page: a flood of unknown keys
   * leaves nothing here.
   */
  isAbsent(key: string): boolean
  /**
   * Puts the decoded value in place of an entry's bytes, so that the next hit decodes nothing. Does
   * nothing when the entry was replaced or dropped since.
   *
   * @param entry the object that this store returned
   */
  remember(key: string, entry: Entry, value: Encodable): void
  /**
   * Drops this key, and reads of it that are under way, so that the next read asks the remote
   * store.
   */
  drop(key: string): void
}

/**
 * Place where entries live. Keys are full keys; times are milliseconds since the epoch (null: never
 * expires); an expiry in the past keeps nothing. An expired entry is as absent as one never stored.
 * A method that fails rejects.
 *
 * Extend `BaseStore`, which supplies the methods that a store lacks, and run `storeContract` on the
 * result.
 */
export interface Store {
  /** Name in messages: 'memory', 'redis', … */
  readonly name: string
  /** Present on a store that keeps nothing on purpose: a purge has nothing to drop there. */
  readonly keepsNothing?: true
  /** Present on a store in this process: a page hit waits for nothing. */
  readonly sync?: SyncStore
  /** Present on a store elsewhere that keeps some entries in this process. */
  readonly near?: NearEntries
  /**
   * Each operation ends within a time, as `guardStore` makes it. A cache waits two seconds for an
   * operation of a store elsewhere that does not say so.
   */
  readonly isBounded?: boolean
  /**
   * Present with `near`: returns the same store with `wrap` around the part that leaves this
   * process.
   */
  wrapFar?(wrap: (far: Store) => Store): Store
  get(key: string): Promise<Entry | undefined>
  set(key: string, value: StoredValue, expires: number | null): Promise<void>
  /** Resolves to whether the key was there. */
  delete(key: string): Promise<boolean>
  /**
   * Drops every key that begins with the prefix, and nothing else. A cache's prefixes end with a
   * colon.
   */
  clear(prefix: string): Promise<void>
  /** Stores unless the key is there; resolves to whether it did. */
  add(key: string, value: StoredValue, expires: number | null): Promise<boolean>
  has(key: string): Promise<boolean>
  /** Gives an entry another expiry; resolves to false when it is not there. */
  touch(key: string, expires: number | null): Promise<boolean>
  /**
   * Adds to a value that is an integer in ASCII decimals and keeps its expiry.
   *
   * @returns the sum; undefined: the key is not there
   * @throws ValueError when the value is not an integer, or the result is not a safe one; it is
   * left as it was.
   */
  incr(key: string, delta: number): Promise<number | undefined>
  /**
   * Deletes a key if it has this value; resolves to whether it did. Present only if atomic: without
   * it the holder of a lease that has almost run out leaves it to expire.
   *
   * @param value small, and the same bytes that `set` or `add` was given
   */
  compareDelete?(key: string, value: Uint8Array): Promise<boolean>
  /**
   * Gives a key another expiry if it has this value; resolves to whether it did. As
   * `compareDelete`.
   */
  compareTouch?(key: string, value: Uint8Array, expires: number | null): Promise<boolean>
  /** Resolves to hits only. */
  getMany(keys: readonly string[]): Promise<Map<string, Entry>>
  /**
   * As `getMany`, but leaves no trace in this process: neither a hit, nor an order of use, nor
   * anything near. Absent: `getMany` leaves none.
   */
  peekMany?(keys: readonly string[]): Promise<Map<string, Entry>>
  /** Resolves to the keys that could not be stored. */
  setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]>
  /** Resolves to how many were there. */
  deleteMany(keys: readonly string[]): Promise<number>
  /** Rejects, with a message for the operator, when the store can't be used. */
  check(): Promise<void>
  close(): Promise<void>
  stats(): Promise<StoreStats>
  /** Calls the listener for each entry that is evicted; returns a function that stops it. */
  onEvict?(listener: EvictListener): () => void
}

/** Returns whether a value has the methods that every store has. */
export function isStore(value: unknown): value is Store {
  if (typeof value !== 'object' || value === null) return false
  return ['get', 'set', 'delete', 'clear', 'add', 'incr', 'getMany'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  )
}
