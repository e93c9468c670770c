import type { Entry, Store, StoredValue, StoreStats } from '@sitecache/core/store'
import type { RedisConnection } from './connection.js'

/** Milliseconds that the first operations of a process wait for its first connection. */
const FIRST_CONNECTION_MS = 1000

/**
 * Makes the first operations of a process wait for its first connection, once, for longer than
 * `timeoutMs`: during start-up the event loop is busy with loading, and DNS, TLS and sentinels take
 * their time. Otherwise each deployment would begin with misses and an open circuit.
 */
export class FirstConnectionStore implements Store {
  readonly name: string
  /** The store behind it is guarded, and the wait for the connection has an end. */
  readonly isBounded = true
  readonly compareDelete?: NonNullable<Store['compareDelete']>
  readonly compareTouch?: NonNullable<Store['compareTouch']>
  readonly #store: Store
  readonly #connection: RedisConnection
  #connecting: Promise<void> | undefined
  #connected = false

  constructor(store: Store, connection: RedisConnection) {
    this.name = store.name
    this.#store = store
    this.#connection = connection
    const { compareDelete, compareTouch } = store
    if (compareDelete !== undefined)
      this.compareDelete = (...args) => this.#run(() => compareDelete.apply(store, args))
    if (compareTouch !== undefined)
      this.compareTouch = (...args) => this.#run(() => compareTouch.apply(store, args))
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#run(() => this.#store.get(key))
  }

  set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    return this.#run(() => this.#store.set(key, value, expires))
  }

  delete(key: string): Promise<boolean> {
    return this.#run(() => this.#store.delete(key))
  }

  clear(prefix: string): Promise<void> {
    return this.#run(() => this.#store.clear(prefix))
  }

  add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    return this.#run(() => this.#store.add(key, value, expires))
  }

  has(key: string): Promise<boolean> {
    return this.#run(() => this.#store.has(key))
  }

  touch(key: string, expires: number | null): Promise<boolean> {
    return this.#run(() => this.#store.touch(key, expires))
  }

  incr(key: string, delta: number): Promise<number | undefined> {
    return this.#run(() => this.#store.incr(key, delta))
  }

  getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    return this.#run(() => this.#store.getMany(keys))
  }

  setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]> {
    return this.#run(() => this.#store.setMany(entries, expires))
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#run(() => this.#store.deleteMany(keys))
  }

  stats(): Promise<StoreStats> {
    return this.#run(() => this.#store.stats())
  }

  check(): Promise<void> {
    return this.#store.check()
  }

  close(): Promise<void> {
    this.#connected = true
    return this.#store.close()
  }

  #run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#connected) return operation()
    this.#connecting ??= this.#awaitConnection()
    return this.#connecting.then(operation)
  }

  /** Never rejects: the operation itself reports why there is no connection. */
  async #awaitConnection(): Promise<void> {
    try {
      await this.#connection.whenReady(FIRST_CONNECTION_MS)
    } catch {
    } finally {
      this.#connected = true
    }
  }
}
