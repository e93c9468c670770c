import { BaseStore, bytesOf, type Entry, type StoredValue } from '@sitecache/core'

/** A store that keeps bytes and answers by promises, as one behind a network does; what it holds can be spoiled. */
export class ByteStore extends BaseStore {
  readonly name = 'bytes'
  readonly entries = new Map<string, { bytes: Buffer; expires: number | null }>()
  /** Set: every operation fails with it. */
  failure: Error | undefined

  async get(key: string): Promise<Entry | undefined> {
    this.#fail()
    const entry = this.entries.get(key)
    return entry && { value: Buffer.from(entry.bytes), expires: entry.expires }
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    this.#fail()
    this.entries.set(key, { bytes: Buffer.from(bytesOf(value)), expires })
  }

  async delete(key: string): Promise<boolean> {
    this.#fail()
    return this.entries.delete(key)
  }

  async clear(prefix: string): Promise<void> {
    this.#fail()
    for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.entries.delete(key)
  }

  #fail(): void {
    if (this.failure !== undefined) throw this.failure
  }
}
