import { isMisuse, SitecacheError, StoreError, TooLargeError } from './errors.js'
import type { Meter } from './meter.js'
import type { Pending } from './pending.js'

/** Runs a store's operations: what fails is counted, told, and then a miss or thrown, as the settings say. */
export class Operations {
  readonly #alias: string
  readonly #onError: 'miss' | 'throw'
  readonly #meter: Meter
  readonly #pending: Pending

  constructor(alias: string, onError: 'miss' | 'throw', meter: Meter, pending: Pending) {
    this.#alias = alias
    this.#onError = onError
    this.#meter = meter
    this.#pending = pending
  }

  /** Answers what the store does, or `failed`. */
  async read<T>(operation: string, run: () => Promise<T>, failed: T): Promise<T> {
    const started = performance.now()
    try {
      if (this.#pending.closed) throw new SitecacheError(`cache '${this.#alias}' is closed`)
      return await run()
    } catch (error) {
      if (isMisuse(error)) throw error
      if (error instanceof TooLargeError) {
        this.#meter.skip('too-large')
        return failed
      }
      return this.fail(error, operation, failed)
    } finally {
      this.#meter.latency(performance.now() - started)
    }
  }

  /** As `read`; `idle()` waits for it. */
  write<T>(operation: string, run: () => Promise<T>, failed: T): Promise<T> {
    return this.#pending.track(this.read(operation, run, failed))
  }

  /**
   * Counts and tells a failure; answers `failed`.
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
