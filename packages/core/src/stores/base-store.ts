import { addToInteger } from './integer.js'
import type { Entry, Store, StoreStats } from './store.js'
import type { StoredValue } from './stored-value.js'

/**
 * Base of a store: supplies all other methods from `get`, `set`, `delete` and `clear`.
 *
 * Not atomic here: `add`, `touch` and `incr` read and then write, so that two processes can both
 * succeed. Override them where the store can do better, and the `…Many` where one round trip is
 * enough.
 */
export abstract class BaseStore implements Store {
  abstract readonly name: string
  abstract get(key: string): Promise<Entry | undefined>
  abstract set(key: string, value: StoredValue, expires: number | null): Promise<void>
  abstract delete(key: string): Promise<boolean>
  abstract clear(prefix: string): Promise<void>

  async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    if (await this.has(key)) return false
    await this.set(key, value, expires)
    return true
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined
  }

  async touch(key: string, expires: number | null): Promise<boolean> {
    const entry = await this.get(key)
    if (entry === undefined) return false
    await this.set(key, entry.value, expires)
    return true
  }

  async incr(key: string, delta: number): Promise<number | undefined> {
    const entry = await this.get(key)
    if (entry === undefined) return undefined
    const { sum, bytes } = addToInteger(entry.value, delta)
    await this.set(key, bytes, entry.expires)
    return sum
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const found = new Map<string, Entry>()
    const entries = await Promise.all(keys.map((key) => this.get(key)))
    for (const [i, key] of keys.entries()) {
      const entry = entries[i]
      if (entry !== undefined) found.set(key, entry)
    }
    return found
  }

  async setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]> {
    const keys = [...entries.keys()]
    const results = await Promise.allSettled(
      [...entries].map(([key, value]) => this.set(key, value, expires)),
    )
    return keys.filter((_, i) => results[i]?.status === 'rejected')
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const deleted = await Promise.all(keys.map((key) => this.delete(key)))
    return deleted.filter(Boolean).length
  }

  async check(): Promise<void> {
    await this.get('sitecache:check')
  }

  async close(): Promise<void> {}

  async stats(): Promise<StoreStats> {
    return {}
  }
}
