import {
  BaseStore,
  type Entry,
  memoryStore,
  type Store,
  type StoredValue,
  tieredStore,
} from '@sitecache/core'
import fc from 'fast-check'
import { plain } from './plain.js'

/** What befalls an operation of a store: nothing, a wait, an error. */
const troubles = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant('none' as const) },
    { weight: 3, arbitrary: fc.constant('slow' as const) },
    { weight: 1, arbitrary: fc.constant('down' as const) },
  ),
  { minLength: 1, maxLength: 16 },
)
type Trouble = 'none' | 'slow' | 'down'

/** Memory whose operations have these troubles, in turn. */
class UnreliableStore extends BaseStore {
  readonly name = 'unreliable'
  readonly #memory: Store = memoryStore()
  readonly #troubles: readonly Trouble[]
  #operations = 0

  constructor(troubles: readonly Trouble[]) {
    super()
    this.#troubles = troubles
  }

  async #meet(): Promise<void> {
    const trouble = this.#troubles[this.#operations++ % this.#troubles.length]
    if (trouble === 'down') throw new Error('the store is down')
    if (trouble === 'slow') await new Promise((resolve) => setTimeout(resolve, 1))
  }

  async get(key: string): Promise<Entry | undefined> {
    await this.#meet()
    return this.#memory.get(key)
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    await this.#meet()
    await this.#memory.set(key, value, expires)
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    await this.#meet()
    return this.#memory.add(key, value, expires)
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    await this.#meet()
    return this.#memory.touch(key, expires)
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    await this.#meet()
    return this.#memory.incr(key, delta)
  }

  async delete(key: string): Promise<boolean> {
    await this.#meet()
    return this.#memory.delete(key)
  }

  async clear(prefix: string): Promise<void> {
    await this.#meet()
    await this.#memory.clear(prefix)
  }
}

export const storeSpec = fc.record(
  {
    kind: fc.constantFrom('memory', 'memory', 'unreliable', 'tiered'),
    troubles,
  },
  plain,
)
export type StoreSpec = typeof storeSpec extends fc.Arbitrary<infer T> ? T : never

export function makeStore({ kind, troubles }: StoreSpec): Store {
  if (kind === 'memory') return memoryStore()
  const unreliable = new UnreliableStore(troubles)
  return kind === 'tiered' ? tieredStore(memoryStore(), unreliable) : unreliable
}
