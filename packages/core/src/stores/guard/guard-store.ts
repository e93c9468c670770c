import { StoreError, StoreTimeoutError } from '../../errors.js'
import { checkOptions, milliseconds, wholeNumber } from '../../options/check-options.js'
import { within } from '../../util/within.js'
import { type Around, decorateStore, type StoreOperation } from '../decorate.js'
import type { Store, StoreStats } from '../store.js'
import { type OperationKind, StoreCircuits } from './store-circuits.js'

/** Bounds of the operations of a store, and of its failures. */
export interface GuardOptions {
  /** Longest wait for an operation, in milliseconds. @default 250 */
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

/** Kind of each operation that passes a circuit. */
const KINDS = {
  get: 'read',
  getMany: 'read',
  has: 'read',
  check: 'read',
  stats: 'read',
  close: 'read',
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
} as const satisfies Readonly<Record<StoreOperation, OperationKind>>

/** Key that is never set: reading it shows whether a store answers. */
const PROBE_KEY = 'sitecache:check'

/**
 * Returns the store with a bound on the time of every operation, that fails at once while the store
 * is down.
 *
 * After `failures` reads in a row nothing is sent to the store but a `get` every `retryMs`; once
 * that succeeds, all operations are passed on again. After `failures` writes or deletes in a row, a
 * store that answers reads counts as refusing that kind, of which one is tried every `retryMs`.
 *
 * Operations that fail or are late reject with a
 * StoreError that says what to look at; misuse (ValueError, KeyNotFoundError, SettingsError) passes
 * and counts as no failure. A write that was late may still be done.
 *
 * `check` asks the store itself even while it counts as down. `close` resolves within
 * `checkTimeoutMs`, whatever the store does; afterwards every operation rejects. `stats` shows the
 * circuit, and asks the store only while that is closed.
 *
 * @throws SettingsError for an option that is unknown or out of range.
 *
 * @example
 * return guardStore(new EtcdStore(client), { timeoutMs: options.timeoutMs })
 */
export function guardStore(store: Store, options?: GuardOptions): Store {
  const given = checkOptions(options, schema, 'guardStore()')
  const guard = new Guard(store, {
    timeoutMs: given.timeoutMs ?? 250,
    clearTimeoutMs: given.clearTimeoutMs ?? 30_000,
    checkTimeoutMs: given.checkTimeoutMs ?? 5000,
    failures: given.failures ?? 5,
    retryMs: given.retryMs ?? 1000,
  })
  return decorateStore(store, guard.run, {
    isBounded: true,
    check: () => guard.check(),
    stats: () => guard.stats(),
    close: () => guard.close(),
  })
}

/**
 * Bounds of a store that its author has not guarded. It is asked however often it has failed: when
 * it is back, so are its entries.
 */
const BOUND: GuardOptions = { timeoutMs: 2000, failures: Number.MAX_SAFE_INTEGER }

/**
 * Returns the store with a bound on the time of its operations, if it has none: one that never
 * answers would hold up every request. A store in this process answers at once; of a tiered one
 * the far part is bounded.
 */
export function boundStore(store: Store): Store {
  if (store.sync !== undefined || store.isBounded === true) return store
  return store.wrapFar === undefined ? guardStore(store, BOUND) : store.wrapFar(boundStore)
}

class Guard {
  readonly #store: Store
  readonly #bounds: Required<GuardOptions>
  readonly #circuits: StoreCircuits
  #closing: Promise<void> | undefined

  constructor(store: Store, bounds: Required<GuardOptions>) {
    this.#store = store
    this.#bounds = bounds
    const { failures, retryMs, timeoutMs } = bounds
    const probe = () => this.#within('get', () => store.get(PROBE_KEY), timeoutMs)
    this.#circuits = new StoreCircuits(store.name, { failures, retryMs, probe })
  }

  readonly run: Around = (operation, run) => {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError())
    const { timeoutMs, clearTimeoutMs } = this.#bounds
    const milliseconds = operation === 'clear' ? clearTimeoutMs : timeoutMs
    return this.#circuits.run(KINDS[operation], () => this.#within(operation, run, milliseconds))
  }

  async check(): Promise<void> {
    if (this.#closing !== undefined) throw this.#closedError()
    await this.#within('check', () => this.#store.check(), this.#bounds.checkTimeoutMs)
  }

  async stats(): Promise<StoreStats> {
    const { state, writes } = this.#circuits
    const stats = state === 'closed' ? await this.run('stats', () => this.#store.stats(), []) : {}
    return { ...stats, circuit: state, ...(writes === 'closed' ? {} : { writeCircuit: writes }) }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#circuits.end()
    const { checkTimeoutMs } = this.#bounds
    const late = this.#lateError('close', checkTimeoutMs)
    try {
      await within(
        () => this.#store.close(),
        checkTimeoutMs,
        () => late,
      )
    } catch (error) {
      // A shutdown has waited long enough for a store that hangs.
      if (error !== late) throw error
    }
  }

  #within<T>(operation: string, run: () => Promise<T>, milliseconds: number): Promise<T> {
    return within(run, milliseconds, () => this.#lateError(operation, milliseconds))
  }

  #lateError(operation: string, milliseconds: number): StoreError {
    return new StoreTimeoutError(
      `the ${this.#store.name} store did not answer ${operation} within ${milliseconds} ms: see whether its server ` +
        'is reachable and not overloaded, or raise timeoutMs',
    )
  }

  #closedError(): StoreError {
    return new StoreError(`the ${this.#store.name} store is closed`)
  }
}
