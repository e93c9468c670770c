import { isMisuse, SitecacheError, StoreError, TooLargeError } from '../errors.js'
import type { Meter, OperationOutcome } from '../events/meter.js'
import type { Pending } from '../util/pending.js'
import { Turns } from '../util/turns.js'
import { outcomeOf, outcomeOfError } from './operation-outcome.js'

/**
 * Runs operations of a store: a failure is counted and emitted, and then a miss or an error, as
 * `onError` says.
 */
export class Operations {
  readonly #alias: string
  readonly #store: string | undefined
  readonly #onError: 'miss' | 'throw'
  readonly #meter: Meter
  readonly #pending: Pending
  readonly #turns = new Turns()

  /** @param store name of a store elsewhere; undefined: it is in this process */
  constructor(
    alias: string,
    onError: 'miss' | 'throw',
    meter: Meter,
    pending: Pending,
    store: string | undefined,
  ) {
    this.#alias = alias
    this.#store = store
    this.#onError = onError
    this.#meter = meter
    this.#pending = pending
  }

  /** Resolves to the result of the store, or to `failed`. */
  async read<T>(operation: string, run: () => Promise<T>, failed: T): Promise<T> {
    const started = performance.now()
    let outcome: OperationOutcome = 'error'
    try {
      if (this.#pending.closed) throw new SitecacheError(`cache '${this.#alias}' is closed`)
      const result = await this.#traced(operation, run)
      outcome = outcomeOf(operation, result)
      return result
    } catch (error) {
      outcome = outcomeOfError(error)
      if (isMisuse(error)) throw error
      if (error instanceof TooLargeError) {
        this.#meter.skip('too-large')
        return failed
      }
      return this.fail(error, operation, failed)
    } finally {
      this.#meter.latency(performance.now() - started, operation, outcome)
    }
  }

  /**
   * As `read`; `idle()` waits for it. It does not overtake an earlier write of one of the keys.
   *
   * @param keys full keys; none for a write that runs within `hold`
   */
  write<T>(operation: string, keys: readonly string[], run: () => Promise<T>, failed: T): Promise<T> {
    return this.#pending.track(this.#turns.after(keys, () => this.read(operation, run, failed)))
  }

  /**
   * Runs a write of all keys that begin with the prefix, behind earlier writes of them; it fails as
   * the store does.
   */
  inTurn<T>(prefix: string, run: () => Promise<T>): Promise<T> {
    const timed = async (): Promise<T> => {
      const started = performance.now()
      try {
        return await run()
      } finally {
        this.#meter.latency(performance.now() - started, 'clear', 'ok')
      }
    }
    return this.#pending.track(this.#turns.afterAll(prefix, timed))
  }

  /** Keeps other writes of the keys waiting, while one that has several steps runs. */
  hold<T>(keys: readonly string[], run: () => Promise<T>): Promise<T> {
    return this.#pending.track(this.#turns.hold(keys, run))
  }

  /**
   * As `write`, but never throws, whatever `onError` says: for operations that the caller can do
   * without.
   */
  async attempt<T>(operation: string, run: () => Promise<T>, failed: T): Promise<T> {
    try {
      if (this.#pending.closed) return failed
      return await this.#pending.track(run())
    } catch (error) {
      this.#meter.error(error, operation)
      return failed
    }
  }

  #traced<T>(operation: string, run: () => Promise<T>): Promise<T> {
    const { tracer } = this.#meter
    if (tracer === undefined || this.#store === undefined) return run()
    return tracer.operation({ cache: this.#alias, store: this.#store, operation }, run)
  }

  /**
   * Counts and emits a failure; returns `failed`.
   *
   * @throws StoreError with `onError: 'throw'`.
   */
  fail<T>(error: unknown, operation: string, failed: T): T {
    this.#meter.error(error, operation)
    if (this.#onError === 'miss') return failed
    const reason = error instanceof Error ? error.message : 'unknown error'
    throw new StoreError(`${operation} of cache '${this.#alias}' failed: ${reason}`, { cause: error })
  }
}
