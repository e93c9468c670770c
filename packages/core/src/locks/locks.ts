import { LockTimeoutError, StoreError } from '../errors.js'
import type { Meter } from '../events/meter.js'
import type { Lease } from './lease.js'
import type { Leases } from './leases.js'
import { pauseBefore } from './pauses.js'
import { keepRenewed } from './renewing.js'

/** Argument of a function that runs under a lock. */
export interface LockHold {
  /**
   * Fencing token, higher than that of every earlier holder; 0: the store failed, and there is no
   * exclusion.
   */
  readonly token: number
  /** Whether no other holder can have begun since. */
  readonly isHeld: boolean
  /** Aborts when the lease was lost although it was renewed: another may run by now. */
  readonly signal: AbortSignal
}

/** Options of waiting for a lock. */
export interface Waiting<T> {
  /** Seconds; null: without end. */
  readonly patience: number | null
  /**
   * Called whenever another holds the lock; a result other than undefined is returned instead of
   * running the function.
   */
  readonly glance?: () => Promise<T | undefined>
}

/** Milliseconds of a lock's lease: the longest wait for a holder that died. */
export const LEASE_MS = 5000

class Hold implements LockHold {
  readonly signal: AbortSignal
  readonly #lease: Lease

  constructor(lease: Lease, signal: AbortSignal) {
    this.#lease = lease
    this.signal = signal
  }

  get token(): number {
    return this.#lease.token
  }

  get isHeld(): boolean {
    return this.#lease.isHeld
  }
}

/** Runs functions one after the other, in all processes that share a store. */
export class Locks {
  readonly #alias: string
  readonly #leases: Leases
  readonly #meter: Meter
  readonly #random: () => number
  /**
   * Callers that wait in this process, by key and in order. They are woken; other processes poll.
   */
  readonly #waiting = new Map<string, Set<() => void>>()

  constructor(alias: string, leases: Leases, meter: Meter, random: () => number = Math.random) {
    this.#alias = alias
    this.#leases = leases
    this.#meter = meter
    this.#random = random
  }

  /**
   * Runs the function when no other holder does.
   *
   * @throws LockTimeoutError when others held the lock for all of `patience`.
   */
  async run<T>(fullKey: string, fn: (hold: LockHold) => T | Promise<T>, waiting: Waiting<T>): Promise<T> {
    const taken = await this.#take(fullKey, waiting)
    if ('instead' in taken) return taken.instead
    const { lease } = taken
    const lost = new AbortController()
    const stop = keepRenewed(lease, LEASE_MS, () => {
      const error = new StoreError(`a lease of cache '${this.#alias}' ran out while its holder was at work`)
      this.#meter.error(error, 'lock')
      lost.abort(error)
    })
    try {
      return await fn(new Hold(lease, lost.signal))
    } finally {
      stop()
      await lease.release()
      this.#wake(fullKey)
    }
  }

  async #take<T>(
    fullKey: string,
    { patience: seconds, glance }: Waiting<T>,
  ): Promise<{ readonly lease: Lease } | { readonly instead: T }> {
    const patience = seconds === null ? Number.POSITIVE_INFINITY : Math.max(0, seconds) * 1000
    const began = performance.now()
    for (let attempt = 0; ; attempt++) {
      const lease = await this.#leases.take(fullKey, LEASE_MS)
      if (lease !== undefined) return { lease }
      const instead = await glance?.()
      if (instead !== undefined) return { instead }
      const left = patience - (performance.now() - began)
      if (left <= 0) {
        throw new LockTimeoutError(
          `lock() of cache '${this.#alias}' waited ${patience} ms for another holder: raise its timeout, or see what holds it so long`,
        )
      }
      await this.#pause(fullKey, Math.min(left, pauseBefore(attempt, this.#random)))
    }
  }

  #pause(fullKey: string, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(fullKey) ?? new Set()
      const end = () => {
        clearTimeout(timer)
        waiting.delete(end)
        if (waiting.size === 0) this.#waiting.delete(fullKey)
        resolve()
      }
      const timer = setTimeout(end, milliseconds)
      this.#waiting.set(fullKey, waiting.add(end))
    })
  }

  #wake(fullKey: string): void {
    const [first] = this.#waiting.get(fullKey) ?? []
    first?.()
  }
}
