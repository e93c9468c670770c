import { addBatchToInteger, ValueError } from '@sitecache/core/store'
import type { EntryFiles } from './entry-files.js'
import type { EntryLocation } from './folder.js'
import type { KeyLocks } from './key-locks.js'
import type { KeyTurns } from './key-turns.js'

/** A caller's sum, or its ValueError. */
type Outcome = number | ValueError

/** Calls that share one change of the file. */
interface Batch {
  readonly deltas: number[]
  readonly turn: Promise<readonly Outcome[] | undefined>
}

/**
 * Adds to whole numbers. Calls that wait for the same lock share it and one write: each process
 * waits once for the others and not once per call.
 */
export class FileIncrements {
  readonly #files: EntryFiles
  readonly #locks: KeyLocks
  readonly #turns: KeyTurns
  readonly #open = new Map<string, Batch>()

  constructor(files: EntryFiles, locks: KeyLocks, turns: KeyTurns) {
    this.#files = files
    this.#locks = locks
    this.#turns = turns
  }

  /**
   * Adds and returns the sum.
   *
   * @returns undefined: the key is not there
   * @throws ValueError as `Store.incr` does
   */
  async add(location: EntryLocation, key: string, delta: number): Promise<number | undefined> {
    const waiting = this.#open.get(location.name)
    // Operations called in between must run in between.
    const joins = waiting !== undefined && this.#turns.isLast(location.name, waiting.turn)
    const batch = joins ? waiting : this.#begin(location, key)
    const index = batch.deltas.push(delta) - 1
    const outcome = (await batch.turn)?.[index]
    if (outcome instanceof ValueError) throw outcome
    return outcome
  }

  #begin(location: EntryLocation, key: string): Batch {
    const deltas: number[] = []
    const run = () =>
      this.#locks.with(location, () => {
        if (this.#open.get(location.name) === batch) this.#open.delete(location.name)
        return this.#files.change(location, key, (entry) => addBatchToInteger(entry, deltas), undefined)
      })
    // Starts after the first delta has been added.
    const turn = this.#turns.take(location.name, () => Promise.resolve().then(run))
    const batch: Batch = { deltas, turn }
    this.#open.set(location.name, batch)
    return batch
  }
}
