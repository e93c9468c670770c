import type { Entry } from '../stores/store.js'

/** What a batch holds at the most: reads, and bytes of what they answer, as far as the last batch tells; half, after one that failed. */
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
 * Puts the reads of one turn of the event loop together. Under load a store elsewhere costs this process more than the pages do:
 * a command, a timer and a reply for each request. None is held back for longer than that turn lasts.
 *
 * Where entries are large they are few to a batch, down to one: who is first is not to wait until all have come.
 */
export class ReadBatches {
  readonly #read: (keys: readonly string[]) => Promise<Found>
  #batch: Batch | undefined
  #mostReads = MAX_READS

  /** @param read never rejects */
  constructor(read: (keys: readonly string[]) => Promise<Found>) {
    this.#read = read
  }

  /** What is there of these keys, and perhaps of others. */
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
    // The store failed, perhaps because all of them together came too late.
    if (entries.size === 0) {
      this.#mostReads = Math.max(1, Math.floor(this.#mostReads / 2))
      return
    }
    let bytes = 0
    for (const { value } of entries.values()) bytes += value.byteLength
    this.#mostReads = Math.max(1, Math.min(MAX_READS, Math.floor((MAX_BYTES * reads) / bytes)))
  }
}
