import { BaseStore, type Entry, memoryStore, type Store, type StoredValue } from '@sitecache/core'

/** A store whose faults a test decides: it fails with an error, or never answers. Counts what is asked of it. */
export class FaultyStore extends BaseStore {
  readonly name = 'faulty'
  readonly #memory: Store = memoryStore()
  /** Set: every operation rejects with it. */
  failure: Error | undefined
  /** Set by `pause`: what opens the gate that operations wait at. */
  #paused: { readonly gate: Promise<void>; readonly open: () => void } | undefined
  asked = 0

  async get(key: string): Promise<Entry | undefined> {
    await this.#fault()
    return this.#memory.get(key)
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    await this.#fault()
    await this.#memory.set(key, value, expires)
  }

  async delete(key: string): Promise<boolean> {
    await this.#fault()
    return this.#memory.delete(key)
  }

  async clear(prefix: string): Promise<void> {
    await this.#fault()
    await this.#memory.clear(prefix)
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    await this.#fault()
    return this.#memory.incr(key, delta)
  }

  override async close(): Promise<void> {
    await this.#fault()
  }

  /** What is asked from now on waits. */
  pause(): void {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    this.#paused = { gate, open }
  }

  /** Answers what waits. */
  resume(): void {
    this.#paused?.open()
    this.#paused = undefined
  }

  async #fault(): Promise<void> {
    this.asked += 1
    await this.#paused?.gate
    if (this.failure !== undefined) throw this.failure
  }
}
