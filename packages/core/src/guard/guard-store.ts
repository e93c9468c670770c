import { StoreError } from '../errors.js'
import { checkOptions, milliseconds, wholeNumber } from '../options.js'
import type { Entry, EvictListener, Store, StoreStats } from '../store.js'
import type { StoredValue } from '../stored-value.js'
import { type OperationKind, StoreCircuits } from './store-circuits.js'
import { within } from './within.js'

/** How long a store is waited for, and when it counts as down. */
export interface GuardOptions {
  /** Longest that an operation is waited for, in milliseconds. @default 250 */
  readonly timeoutMs?: number
  /** As `timeoutMs`, for `clear`, which may have to look through all keys. @default 30 000 */
  readonly clearTimeoutMs?: number
  /** As `timeoutMs`, for `check` and `close`. @default 5000 */
  readonly checkTimeoutMs?: number
  /**
   * Reads that fail in a row, after which the store counts as down; and writes or deletes, after
   * which it counts as refusing them. @default 5
   */
  readonly failures?: number
  /** Milliseconds between two attempts while it is down, or refuses. @default 1000 */
  readonly retryMs?: number
}

const schema = {
  timeoutMs: milliseconds(),
  clearTimeoutMs: milliseconds(),
  checkTimeoutMs: milliseconds(),
  failures: wholeNumber(1),
  retryMs: milliseconds(),
}

/** Kind of each operation: a store may refuse one kind and do the others. */
const KINDS = {
  get: 'read',
  getMany: 'read',
  has: 'read',
  stats: 'read',
  set: 'write',
  setMany: 'write',
  add: 'write',
  touch: 'write',
  incr: 'write',
  compareTouch: 'write',
  delete: 'delete',
  deleteMany: 'delete',
  compareDelete: 'delete',
  clear: 'delete',
} as const satisfies Readonly<Record<string, OperationKind>>

type Operation = keyof typeof KINDS

/** A key that is never set: reading it shows whether a store answers. */
const PROBE_KEY = 'sitecache:check'

/**
 * A remote store of which no operation takes longer than its bound, and which fails at once while it is down.
 *
 * After `failures` reads in a row nothing is sent to the store but a `get` every `retryMs`; when that
 * succeeds, everything is again. After `failures` writes or deletes in a row, a store that answers
 * reads counts as refusing that kind, of which one operation is tried every `retryMs`. Operations that fail or are late reject with a StoreError that says what to look at; misuse (ValueError,
 * KeyNotFoundError, SettingsError) passes and counts as no failure. A write that was late may still be done.
 *
 * `check` asks the store itself even while it counts as down. `close` resolves within `checkTimeoutMs`, whatever the
 * store does; afterwards every operation rejects. `stats` shows the circuit, and asks the store only while that is closed.
 *
 * @throws SettingsError for an option that is unknown or out of range.
 *
 * @example
 * return guardStore(new EtcdStore(client), { timeoutMs: options.timeoutMs })
 */
export function guardStore(store: Store, options?: GuardOptions): Store {
  const given = checkOptions(options, schema, 'guardStore()')
  return new GuardedStore(store, {
    timeoutMs: given.timeoutMs ?? 250,
    clearTimeoutMs: given.clearTimeoutMs ?? 30_000,
    checkTimeoutMs: given.checkTimeoutMs ?? 5000,
    failures: given.failures ?? 5,
    retryMs: given.retryMs ?? 1000,
  })
}

class GuardedStore implements Store {
  readonly name: string
  readonly onEvict?: (listener: EvictListener) => () => void
  readonly compareDelete?: NonNullable<Store['compareDelete']>
  readonly compareTouch?: NonNullable<Store['compareTouch']>
  readonly #store: Store
  readonly #bounds: Required<GuardOptions>
  readonly #circuits: StoreCircuits
  #closing: Promise<void> | undefined

  constructor(store: Store, bounds: Required<GuardOptions>) {
    this.name = store.name
    this.#store = store
    this.#bounds = bounds
    const { failures, retryMs, timeoutMs } = bounds
    const probe = () => this.#within('get', () => store.get(PROBE_KEY), timeoutMs)
    this.#circuits = new StoreCircuits(store.name, { failures, retryMs, probe })
    if (store.onEvict !== undefined) this.onEvict = store.onEvict.bind(store)
    const { compareDelete, compareTouch } = store
    if (compareDelete !== undefined)
      this.compareDelete = (...args) => this.#run('compareDelete', () => compareDelete.apply(store, args))
    if (compareTouch !== undefined)
      this.compareTouch = (...args) => this.#run('compareTouch', () => compareTouch.apply(store, args))
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#run('get', () => this.#store.get(key))
  }

  set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    return this.#run('set', () => this.#store.set(key, value, expires))
  }

  delete(key: string): Promise<boolean> {
    return this.#run('delete', () => this.#store.delete(key))
  }

  clear(prefix: string): Promise<void> {
    return this.#run('clear', () => this.#store.clear(prefix), this.#bounds.clearTimeoutMs)
  }

  add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    return this.#run('add', () => this.#store.add(key, value, expires))
  }

  has(key: string): Promise<boolean> {
    return this.#run('has', () => this.#store.has(key))
  }

  touch(key: string, expires: number | null): Promise<boolean> {
    return this.#run('touch', () => this.#store.touch(key, expires))
  }

  incr(key: string, delta: number): Promise<number | undefined> {
    return this.#run('incr', () => this.#store.incr(key, delta))
  }

  getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    return this.#run('getMany', () => this.#store.getMany(keys))
  }

  setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]> {
    return this.#run('setMany', () => this.#store.setMany(entries, expires))
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#run('deleteMany', () => this.#store.deleteMany(keys))
  }

  async check(): Promise<void> {
    if (this.#closing !== undefined) throw this.#closedError()
    await this.#within('check', () => this.#store.check(), this.#bounds.checkTimeoutMs)
  }

  async stats(): Promise<StoreStats> {
    const { state, writes } = this.#circuits
    const stats = state === 'closed' ? await this.#run('stats', () => this.#store.stats()) : {}
    return { ...stats, circuit: state, ...(writes === 'closed' ? {} : { writeCircuit: writes }) }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#circuits.end()
    const late = this.#lateError('close', this.#bounds.checkTimeoutMs)
    try {
      await within(
        () => this.#store.close(),
        this.#bounds.checkTimeoutMs,
        () => late,
      )
    } catch (error) {
      // Whoever shuts down has waited long enough for a store that hangs.
      if (error !== late) throw error
    }
  }

  #run<T>(operation: Operation, run: () => Promise<T>, milliseconds = this.#bounds.timeoutMs): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError())
    return this.#circuits.run(KINDS[operation], () => this.#within(operation, run, milliseconds))
  }

  #within<T>(operation: string, run: () => Promise<T>, milliseconds: number): Promise<T> {
    return within(run, milliseconds, () => this.#lateError(operation, milliseconds))
  }

  #lateError(operation: string, milliseconds: number): StoreError {
    return new StoreError(
      `the ${this.name} store did not answer ${operation} within ${milliseconds} ms: see whether its server is ` +
        'reachable and not overloaded, or raise timeoutMs',
    )
  }

  #closedError(): StoreError {
    return new StoreError(`the ${this.name} store is closed`)
  }
}
