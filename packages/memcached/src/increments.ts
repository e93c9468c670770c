import { addBatchToInteger, type Entry, ValueError } from '@sitecache/core/store'
import type { ItemChange } from './server-entries.js'

/** The sums or ValueErrors of a batch; undefined: there is no entry. */
type Outcomes = readonly (number | ValueError)[] | undefined

/** Changes the entry of a key, as `Entries.change` does. */
type ChangeEntry = (key: string, decide: (entry: Entry) => ItemChange<Outcomes>) => Promise<Outcomes>

interface Batch {
  readonly deltas: number[]
  readonly outcomes: Promise<Outcomes>
}

/**
 * Adds to whole numbers. Memcached's incr has no negative numbers, so a number is read and replaced
 * by compare-and-swap. Concurrent calls of this process share one swap; only processes compete.
 */
export class ItemIncrements {
  readonly #change: ChangeEntry
  readonly #waiting = new Map<string, Batch>()
  readonly #underWay = new Map<string, Promise<unknown>>()

  constructor(change: ChangeEntry) {
    this.#change = change
  }

  /**
   * Adds and returns the sum.
   *
   * @returns undefined: the key is not there
   * @throws ValueError as `Store.incr` does
   */
  async add(key: string, delta: number): Promise<number | undefined> {
    const batch = this.#waiting.get(key) ?? this.#begin(key)
    const index = batch.deltas.push(delta) - 1
    const outcome = (await batch.outcomes)?.[index]
    if (outcome instanceof ValueError) throw outcome
    return outcome
  }

  #begin(key: string): Batch {
    const deltas: number[] = []
    const before = this.#underWay.get(key) ?? Promise.resolve()
    const outcomes = before.then(() => {
      this.#waiting.delete(key)
      return this.#change(key, (entry) => addBatchToInteger(entry, deltas))
    })
    const batch = { deltas, outcomes }
    this.#waiting.set(key, batch)
    const done = outcomes
      .catch(() => {})
      .finally(() => {
        if (this.#underWay.get(key) === done) this.#underWay.delete(key)
      })
    this.#underWay.set(key, done)
    return batch
  }
}
