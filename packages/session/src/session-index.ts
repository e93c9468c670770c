import { type Cache, KeyNotFoundError } from '@sitecache/core'

/** Slots below the last that are always read: their sessions may be being written. */
const MARGIN = 10_000

/**
 * Steps of the counter when its slot is taken, which happens only after the store has lost the
 * counter.
 */
const STEPS = [1, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

/** Slots that are read in one round trip. */
const BATCH = 500

/** Factor by which a slot outlives its session, so that it is rewritten rarely. */
const SLACK = 2

/** Sessions whose slots this process remembers, so that a request needs no look-up. */
const MAX_KNOWN = 10_000

interface SlotRecord {
  readonly slot: number
  /** End of the slot, in milliseconds since the epoch. */
  readonly until: number
}

/**
 * Lists the sessions, since stores can't list their keys.
 *
 * Each session has a slot, numbered by a counter in the store, which holds its key. No two
 * processes write one slot, so that none is lost; and none is dropped early, so that a session
 * saved by a running request after its `destroy` is found too. A session that lives on moves to a
 * new slot before its own ends: all live slots lie between the counter and the oldest, a span
 * bounded by the sessions of twice a lifetime.
 */
export class SessionIndex {
  readonly #cache: Cache
  readonly #prefix: string
  readonly #known = new Map<string, SlotRecord>()

  constructor(cache: Cache, prefix: string) {
    this.#cache = cache
    this.#prefix = `${prefix}index:`
  }

  /** Lists a session for as long as it lives, in seconds. */
  async record(key: string, lifetime: number): Promise<void> {
    const end = Date.now() + lifetime * 1000
    const known = this.#known.get(key) ?? (await this.#cache.get<SlotRecord>(this.#recordKey(key)))
    if (isSlotRecord(known) && known.until >= end) return this.#remember(key, known)
    const slot = await this.#takeSlot(key, lifetime * SLACK)
    if (slot === undefined) return
    const record: SlotRecord = { slot, until: Date.now() + lifetime * SLACK * 1000 }
    await this.#cache.set(this.#recordKey(key), record, lifetime * SLACK)
    this.#remember(key, record)
  }

  /** Yields keys of possible sessions, some twice; ended slots are skipped for good. */
  async *keys(): AsyncGenerator<string[]> {
    const last = await this.#number('last')
    const first = Math.max(1, await this.#number('first'))
    let live = false
    for (let from = first; from <= last; from += BATCH) {
      const size = Math.min(BATCH, last - from + 1)
      const slots = Array.from({ length: size }, (_, i) => this.#slot(from + i))
      const found = await this.#cache.getMany<unknown>(slots)
      live ||= found.size > 0
      if (!live && from + BATCH + MARGIN <= last)
        await this.#cache.set(`${this.#prefix}first`, from + BATCH, null)
      const keys = [...found.values()].filter((key): key is string => typeof key === 'string')
      if (keys.length > 0) yield keys
    }
  }

  /**
   * Takes a slot.
   *
   * @returns undefined: the store failed; the session is kept, and gets a slot at its next `record`
   */
  async #takeSlot(key: string, lifetime: number): Promise<number | undefined> {
    for (const step of STEPS) {
      const slot = await this.#count(step)
      if (slot === undefined || (await this.#cache.add(this.#slot(slot), key, lifetime))) return slot
    }
    return undefined
  }

  async #count(step: number): Promise<number | undefined> {
    const name = `${this.#prefix}last`
    try {
      return await this.#cache.incr(name, step)
    } catch (error) {
      if (!(error instanceof KeyNotFoundError)) throw error
    }
    // The first session of all, or the store has failed.
    await this.#cache.add(name, 0, null)
    return this.#cache.incr(name, step).catch(() => undefined)
  }

  async #number(name: string): Promise<number> {
    const value = await this.#cache.get(`${this.#prefix}${name}`)
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
  }

  #remember(key: string, record: SlotRecord): void {
    this.#known.delete(key)
    this.#known.set(key, record)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }

  #slot(number: number): string {
    return `${this.#prefix}slot:${number}`
  }

  #recordKey(key: string): string {
    return `${this.#prefix}of:${key}`
  }
}

function isSlotRecord(value: unknown): value is SlotRecord {
  if (typeof value !== 'object' || value === null) return false
  const { slot, until } = value as Partial<SlotRecord>
  return Number.isSafeInteger(slot) && typeof until === 'number'
}
