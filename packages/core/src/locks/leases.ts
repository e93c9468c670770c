import { randomBytes } from 'node:crypto'
import type { Operations } from '../entries/operations.js'
import type { Entry, Store } from '../stores/store.js'
import { bytesOf } from '../stores/stored-value.js'
import { Counters } from '../tags/counters.js'
import { nameOf } from '../tags/tag-names.js'
import { type Lease, NO_LEASE } from './lease.js'

/**
 * Least time left, in milliseconds, at which a lease is deleted in a store that can't compare and
 * delete in one step. With less it is left to run out: the deletion could arrive when another holds
 * it.
 */
const MARGIN_MS = 500

/**
 * Monotonic milliseconds: the time left of a lease does not depend on the wall clock, which may be
 * set.
 */
const elapsed = () => performance.now()

/** Parts of a cache that its leases use. */
export interface LeaseDependencies {
  readonly keyPrefix: string
  /** The store, as entries are read and written. */
  readonly access: Store
  readonly operations: Operations
  readonly now: () => number
}

/**
 * Leases in a cache's store: one holder at a time per key, in all processes, if the store's `add`
 * is atomic.
 */
export class Leases {
  readonly #parts: LeaseDependencies
  readonly #counters: Counters

  constructor(parts: LeaseDependencies) {
    this.#parts = parts
    this.#counters = new Counters(parts.access)
  }

  /** @returns undefined: another holds it */
  async take(fullKey: string, ttlMs: number): Promise<Lease | undefined> {
    const { keyPrefix, access, operations, now } = this.#parts
    const held = new HeldLease(this.#parts, `${keyPrefix}::lease:${nameOf(fullKey)}`, ttlMs)
    const began = elapsed()
    const take = async () => {
      if (!(await access.add(held.key, held.mark, now() + ttlMs))) return undefined
      // After it was taken: tokens grow from holder to holder.
      const start = () => Math.floor(now()) * 1000 + 1
      held.begin(began, await this.#counters.add(`${keyPrefix}::lease-token`, 1, start))
      return held
    }
    const lease = await operations.attempt<Lease | undefined>('lease', take, NO_LEASE)
    // Refused if taking it took longer than it lasts: another may have a higher token by now, or a
    // lower one soon.
    return lease === undefined || lease.isHeld ? lease : undefined
  }
}

class HeldLease implements Lease {
  readonly key: string
  /** Random mark of this holder; begins with a letter, so that it is no number for `incr`. */
  readonly mark = Buffer.from(`L${randomBytes(16).toString('base64url')}`)
  readonly #parts: LeaseDependencies
  readonly #ttlMs: number
  #token = 0
  #until = 0
  #released = false

  constructor(parts: LeaseDependencies, key: string, ttlMs: number) {
    this.#parts = parts
    this.key = key
    this.#ttlMs = ttlMs
  }

  get token(): number {
    return this.#token
  }

  get isHeld(): boolean {
    return !this.#released && this.#left > 0
  }

  begin(began: number, token: number): void {
    this.#token = token
    this.#until = began + this.#ttlMs
  }

  async renew(): Promise<boolean> {
    if (!this.isHeld) return false
    const { access, operations, now } = this.#parts
    const began = elapsed()
    const renew = async () => {
      const expires = now() + this.#ttlMs
      if (access.compareTouch !== undefined) return access.compareTouch(this.key, this.mark, expires)
      if (!(await this.#isMine()) || !(await access.touch(this.key, expires))) return false
      // While it had time left no other can have taken it; after that, a second look shows another
      // holder.
      return this.isHeld || this.#isMine()
    }
    // One failure of the store does not end the lease, which runs out by itself.
    const renewed = await operations.attempt<boolean | undefined>('lease', renew, undefined)
    if (renewed === true) this.#until = began + this.#ttlMs
    else if (renewed === false) this.#until = 0
    return this.isHeld
  }

  async release(): Promise<void> {
    if (this.#released) return
    this.#released = true
    const { access, operations } = this.#parts
    const release = async () => {
      if (access.compareDelete !== undefined) await access.compareDelete(this.key, this.mark)
      else if (this.#left > MARGIN_MS && (await this.#isMine()) && this.#left > MARGIN_MS)
        await access.delete(this.key)
    }
    await operations.attempt('lease', release, undefined)
  }

  get #left(): number {
    return this.#until - elapsed()
  }

  async #isMine(): Promise<boolean> {
    const { access } = this.#parts
    access.near?.drop(this.key)
    const entry: Entry | undefined = await access.get(this.key)
    return entry !== undefined && this.mark.equals(bytesOf(entry.value))
  }
}
