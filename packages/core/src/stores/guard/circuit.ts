import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel'
import { isMisuse, TooLargeError } from '../../errors.js'

/** Conditions under which a circuit opens and closes. */
export interface CircuitOptions {
  /** Failures in a row that open it. */
  readonly failures: number
  /** Milliseconds between two attempts while it is open. */
  readonly retryMs: number
  /**
   * Operation that is tried while the circuit is open; rejects while it must stay open. Without
   * one, an operation of a caller is let through every `retryMs`.
   */
  readonly probe?: () => Promise<unknown>
  readonly onOpen?: () => void
  readonly onClose?: () => void
}

/** Passes operations until too many in a row have failed; then none, until one succeeds again. */
export class Circuit {
  readonly #breaker
  readonly #options: CircuitOptions
  #timer: NodeJS.Timeout | undefined
  #ended = false
  /** An operation has failed since the last that succeeded. */
  #failing = false
  /** When a caller's operation may be tried, on the monotonic clock. */
  #retryAt = 0

  constructor(options: CircuitOptions) {
    this.#options = options
    this.#breaker = circuitBreaker(
      // Misuse, and values over the limit, say nothing of the store.
      handleWhen((error) => !isMisuse(error) && !(error instanceof TooLargeError)),
      {
        breaker: new ConsecutiveBreaker(options.failures),
        // Retries are timed here. The breaker would ask the wall clock, which may be set back.
        halfOpenAfter: Number.NEGATIVE_INFINITY,
      },
    )
    this.#breaker.onBreak(() => this.#opened())
    this.#breaker.onReset(() => this.#closed())
  }

  get state(): 'closed' | 'half-open' | 'open' {
    const { state } = this.#breaker
    if (state === CircuitState.Closed) return 'closed'
    return state === CircuitState.HalfOpen ? 'half-open' : 'open'
  }

  /** True when an operation may run: the circuit is closed, or it is time to try one. */
  get admits(): boolean {
    const { state } = this
    if (state === 'closed') return true
    return (
      state === 'open' &&
      this.#options.probe === undefined &&
      performance.now() >= this.#retryAt &&
      !this.#ended
    )
  }

  /** The failure that opened it. */
  get lastError(): unknown {
    const reason = this.#breaker.lastFailure
    return reason !== undefined && 'error' in reason ? reason.error : undefined
  }

  /**
   * Runs an operation and counts how it ends: a success after failures, and each failure. Call it
   * only while `admits`.
   *
   * The breaker is told of nothing else, for it takes longer than reading a store's reply. Failures
   * that arrive while the circuit is open already are not counted: they would end its trial.
   */
  run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.state !== 'closed') return this.#breaker.execute(operation)
    return operation().then(
      (value) => {
        if (this.#failing) this.#recovered()
        return value
      },
      (error) => {
        if (this.state !== 'closed') throw error
        this.#failing = true
        return this.#breaker.execute(() => Promise.reject(error))
      },
    )
  }

  /** Closes the circuit. */
  close(): void {
    if (this.state === 'open') void this.#breaker.execute(() => Promise.resolve())
  }

  /** Ends all retries. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  #recovered(): void {
    if (this.state !== 'closed') return
    this.#failing = false
    void this.#breaker.execute(() => Promise.resolve())
  }

  #opened(): void {
    this.#retryAt = performance.now() + this.#options.retryMs
    this.#options.onOpen?.()
    if (this.#options.probe !== undefined) this.#probeLater(this.#options.probe)
  }

  #closed(): void {
    this.#failing = false
    this.#options.onClose?.()
  }

  /**
   * Probes on a timer, so that no caller waits for a store that is still down, and an idle store is
   * found to be back. One timer at most.
   */
  #probeLater(probe: () => Promise<unknown>): void {
    clearTimeout(this.#timer)
    if (this.#ended) return
    this.#timer = setTimeout(() => void this.#probe(probe), this.#options.retryMs)
    this.#timer.unref()
  }

  async #probe(probe: () => Promise<unknown>): Promise<void> {
    try {
      await this.#breaker.execute(probe)
    } catch {
      // The breaker has counted it, and keeps the error.
    }
    if (this.state !== 'closed') this.#probeLater(probe)
  }
}
