import type { Cache } from '@sitecache/core'
import { bytesOf, type Entry, type Store } from '@sitecache/core/store'
import { GONE_MS, MAX_PEERS, type Peers } from './peers.js'

/** Places that are read in one round trip: few processes need one. */
const BATCH = 16

/**
 * Figures in the store that the processes share, each under `sitecache:stats:<number>` for 10
 * seconds. A store can't list its keys, so each process takes the first number that is free. They
 * pass the cache by, so that nothing of them is in its counts, and its near tier and bus.
 */
export class StorePeers implements Peers {
  readonly by: string
  readonly isWanted = true
  readonly #store: Store
  readonly #keys: readonly string[]
  readonly #now: () => number
  #place: number | undefined
  #told: string | undefined

  constructor(cache: Cache, now: () => number) {
    this.#store = farStore(cache.store)
    this.#now = now
    this.by = `store ${this.#store.name}`
    this.#keys = Array.from({ length: MAX_PEERS }, (_, i) => cache.makeKey(`sitecache:stats:${i}`))
  }

  async tell(text: string): Promise<void> {
    const key = this.#place === undefined ? undefined : this.#keys[this.#place]
    // A process that was stopped for a while may have lost its place to another.
    if (key === undefined || !(await this.#isOwn(key))) this.#place = await this.#take(text)
    else await this.#store.set(key, Buffer.from(text), this.#expires())
    this.#told = text
  }

  async others(): Promise<readonly string[]> {
    const found: string[] = []
    for (let first = 0; first < MAX_PEERS; first += BATCH) {
      const keys = this.#keys.slice(first, first + BATCH)
      const entries = await this.#store.getMany(keys).catch(() => new Map<string, Entry>())
      for (const [key, entry] of entries) {
        const text = key === this.#keys[this.#place ?? -1] ? undefined : textOf(entry)
        if (text !== undefined) found.push(text)
      }
      if (entries.size === 0) break
    }
    return found
  }

  async close(): Promise<void> {
    const key = this.#place === undefined ? undefined : this.#keys[this.#place]
    if (key !== undefined && (await this.#isOwn(key).catch(() => false)))
      await this.#store.delete(key).catch(() => false)
  }

  async #take(text: string): Promise<number | undefined> {
    for (const [place, key] of this.#keys.entries())
      if (await this.#store.add(key, Buffer.from(text), this.#expires())) return place
    return undefined
  }

  async #isOwn(key: string): Promise<boolean> {
    const entry = await this.#store.get(key)
    return entry !== undefined && textOf(entry) === this.#told
  }

  #expires(): number {
    return this.#now() + GONE_MS
  }
}

/** The store behind one that keeps entries in this process. */
function farStore(store: Store): Store {
  let far = store
  store.wrapFar?.((wrapped) => {
    far = wrapped
    return wrapped
  })
  return far
}

function textOf({ value }: Entry): string | undefined {
  try {
    return Buffer.from(bytesOf(value)).toString()
  } catch {
    return undefined
  }
}
