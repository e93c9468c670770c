import { BaseStore, bytesOf, type Entry, type StoredValue } from '@sitecache/core'
import { addToInteger } from '@sitecache/core/store'

/** A store elsewhere whose every operation waits for its turn: a test gives these in an order of its own. */
export class TurnStore extends BaseStore {
  readonly name = 'turns'
  /** Waits for turns alone, however long a busy machine takes. */
  readonly isBounded = true
  readonly entries = new Map<string, Entry>()
  /** What is asked, in the order in which it was. */
  readonly waiting: (() => void)[] = []
  readonly operations: string[] = []
  /** Set: operations don't wait. */
  open = false
  failure: Error | undefined

  constructor(readonly now: () => number = Date.now) {
    super()
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#turn('get', () => this.#live(key))
  }

  override async getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    return this.#turn('getMany', () => {
      const found = new Map<string, Entry>()
      for (const key of keys) {
        const entry = this.#live(key)
        if (entry !== undefined) found.set(key, entry)
      }
      return found
    })
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    await this.#turn('set', () => this.#put(key, value, expires))
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    return this.#turn('add', () => {
      if (this.#live(key) !== undefined) return false
      this.#put(key, value, expires)
      return true
    })
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    return this.#turn('incr', () => {
      const entry = this.#live(key)
      if (entry === undefined) return undefined
      const { sum, bytes } = addToInteger(entry.value, delta)
      this.#put(key, bytes, entry.expires)
      return sum
    })
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    return this.#turn('touch', () => {
      const entry = this.#live(key)
      if (entry !== undefined) this.#put(key, entry.value, expires)
      return entry !== undefined
    })
  }

  async delete(key: string): Promise<boolean> {
    return this.#turn('delete', () => this.entries.delete(key))
  }

  async clear(prefix: string): Promise<void> {
    await this.#turn('clear', () => {
      for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.entries.delete(key)
    })
  }

  /** Gives turns until the work is done; `pick` chooses whose is next among those that wait. */
  async play<T>(work: Promise<T>, pick: (count: number) => number): Promise<T> {
    let done = false
    const end = () => {
      done = true
    }
    work.then(end, end)
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve))
      const count = this.waiting.length
      if (count > 0) this.waiting.splice(pick(count) % count, 1)[0]?.()
    }
    return work
  }

  #live(key: string): Entry | undefined {
    const entry = this.entries.get(key)
    return entry === undefined || entry.expires === null || entry.expires > this.now() ? entry : undefined
  }

  #put(key: string, value: StoredValue, expires: number | null): void {
    this.entries.set(key, { value: Buffer.from(bytesOf(value)), expires })
  }

  async #turn<T>(operation: string, run: () => T): Promise<T> {
    this.operations.push(operation)
    if (!this.open) await new Promise<void>((resolve) => this.waiting.push(resolve))
    if (this.failure !== undefined) throw this.failure
    return run()
  }
}
