import type { Entry } from '../stores/store.js'

/**
 * Most reads of a batch, and most bytes of its entries as estimated from the last one; halved after
 * a failure.
 */
const MAX_READS = 16
const MAX_BYTES = 2 ** 20

type Found = ReadonlyMap<string, Entry>

interface Batch {
  readonly keys: Set<string>
  readonly end: NodeJS.Immediate
  readonly result: Promise<Found>
  readonly settle: (result: Promise<Found>) => void
  reads: number
}

/**
 * Joins the reads of one turn of the event loop. Under load a command, a timer and a reply for each
 * request cost this process more than the pages do. No read is held back longer than that turn.
 *
 * Batches of large entries are small, down to one read: the first caller must not wait for the
 * bytes of all others.
 */
export class ReadBatches {
  readonly #read: (keys: readonly string[]) => Promise<Found>
  #batch: Batch | undefined
  #mostReads = MAX_READS

  /** @param read never rejects */
  constructor(read: (keys: readonly string[]) => Promise<Found>) {
    this.#read = read
  }

  /** Resolves to the entries of these keys, and perhaps of others. */
  read(keys: readonly string[]): Promise<Found> {
    this.#batch ??= this.#begin()
    const batch = this.#batch
    for (const key of keys) batch.keys.add(key)
    batch.reads += 1
    if (batch.reads >= this.#mostReads) this.#send(batch)
    return batch.result
  }

  #begin(): Batch {
    let settle: Batch['settle'] = () => {}
    const result = new Promise<Found>((resolve) => {
      settle = resolve
    })
    const batch: Batch = {
      keys: new Set(),
      end: setImmediate(() => this.#send(batch)),
      result,
      settle,
      reads: 0,
    }
    return batch
  }

  #send(batch: Batch): void {
    clearImmediate(batch.end)
    this.#batch = undefined
    const { reads } = batch
    const found = this.#read([...batch.keys])
    batch.settle(found)
    void found.then((entries) => this.#learn(entries, reads))
  }

  #learn(entries: Found, reads: number): void {
    // The store failed, perhaps because the whole batch took too long.
    if (entries.size === 0) {
      this.#mostReads = Math.max(1, Math.floor(this.#mostReads / 2))
      return
    }
    let bytes = 0
    for (const { value } of entries.values()) bytes += value.byteLength
    this.#mostReads = Math.max(1, Math.min(MAX_READS, Math.floor((MAX_BYTES * reads) / bytes)))
  }
}
