import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel'
import { isMisuse, TooLargeError } from '../../errors.js'

/** Conditions under which a circuit opens and closes. */
export interface CircuitOptions {
  /** Failures in a row that open it. */
  readonly failures: number
  /** Milliseconds between two probes while it is open. */
  readonly retryMs: number
  /** Rejects while the store behind the circuit can't be used. */
  readonly probe: () => Promise<unknown>
}

/** Passes operations until too many in a row have failed; then none, until a probe succeeds. */
export class Circuit {
  readonly #breaker
  readonly #options: CircuitOptions
  #timer: NodeJS.Timeout | undefined
  #ended = false
  /** An operation has failed since the last that succeeded. */
  #failing = false

  constructor(options: CircuitOptions) {
    this.#options = options
    this.#breaker = circuitBreaker(
      // Misuse, and values over the limit, say nothing of the store.
      handleWhen((error) => !isMisuse(error) && !(error instanceof TooLargeError)),
      {
        breaker: new ConsecutiveBreaker(options.failures),
        // Our timer alone says when to probe. The breaker would ask the wall clock, which may be
        // set back.
        halfOpenAfter: Number.NEGATIVE_INFINITY,
      },
    )
    this.#breaker.onBreak(() => this.#probeLater())
  }

  get state(): 'closed' | 'half-open' | 'open' {
    const { state } = this.#breaker
    if (state === CircuitState.Closed) return 'closed'
    return state === CircuitState.HalfOpen ? 'half-open' : 'open'
  }

  /** The error that opened it. */
  get lastError(): unknown {
    const reason = this.#breaker.lastFailure
    return reason !== undefined && 'error' in reason ? reason.error : undefined
  }

  /**
   * Runs an operation and counts how it ends: a success after failures, and each failure. Ask for
   * the state before.
   *
   * Other successes are kept from the breaker, which takes longer than reading a store's answer. So
   * are failures while the circuit is open: the breaker would count them as the probe.
   */
  run<T>(operation: () => Promise<T>): Promise<T> {
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

  #recovered(): void {
    if (this.state !== 'closed') return
    this.#failing = false
    void this.#breaker.execute(() => Promise.resolve())
  }

  /** Stops probing. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }

  /**
   * Schedules a probe, so that no caller waits for a store that is still down, and that recovery is
   * noticed without traffic. One timer at most.
   */
  #probeLater(): void {
    clearTimeout(this.#timer)
    if (this.#ended) return
    this.#timer = setTimeout(() => void this.#probe(), this.#options.retryMs)
    this.#timer.unref()
  }

  async #probe(): Promise<void> {
    try {
      await this.#breaker.execute(this.#options.probe)
    } catch {
      // The breaker has counted it, and keeps the error.
    }
    if (this.state !== 'closed') this.#probeLater()
  }
}
