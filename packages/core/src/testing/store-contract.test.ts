import { describe, expect, it } from '@jest/globals'
import { BaseStore } from '../stores/base-store.js'
import { dummyStore } from '../stores/dummy.js'
import { memoryStore } from '../stores/memory.js'
import type { Entry } from '../stores/store.js'
import type { StoredValue } from '../stores/stored-value.js'
import { storeContract, type TestGlobals } from './index.js'

/** The least that an author of a store writes. */
class MapStore extends BaseStore {
  readonly name = 'map'
  readonly #entries = new Map<string, Entry>()
  readonly #now: () => number

  constructor(now: () => number) {
    super()
    this.#now = now
  }

  async get(key: string): Promise<Entry | undefined> {
    const entry = this.#entries.get(key)
    return entry && (entry.expires ?? Number.POSITIVE_INFINITY) > this.#now() ? entry : undefined
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    this.#entries.set(key, { value, expires })
  }

  async delete(key: string): Promise<boolean> {
    const there = await this.has(key)
    this.#entries.delete(key)
    return there
  }

  async clear(prefix: string): Promise<void> {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key)
  }
}

const globals: TestGlobals = {
  describe,
  it,
  expect: (value) => expect(value) as ReturnType<TestGlobals['expect']>,
}

storeContract('memoryStore', ({ now }) => memoryStore({ now }), { globals })
storeContract('a minimal BaseStore', ({ now }) => new MapStore(now), {
  globals,
  notAtomic: 'BaseStore reads and then writes',
})
storeContract('dummyStore', () => dummyStore(), { globals, keepsNothing: 'that is what it is for' })

// Clock of a server: the test can only wait for it.
let ahead = 0

/** As memcached does: in whole seconds, upwards. */
class SecondsStore extends MapStore {
  override async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    const past = expires !== null && expires <= Date.now() + ahead
    await super.set(key, value, past || expires === null ? expires : Math.ceil(expires / 1000) * 1000)
  }
}

const makeSecondsStore = () => {
  ahead = 0
  return new SecondsStore(() => Date.now() + ahead)
}
storeContract('a store of whole seconds with a clock of its own', makeSecondsStore, {
  globals,
  notAtomic: 'BaseStore reads and then writes',
  wholeSeconds: 'that is what its server counts',
  sleep: async (milliseconds) => {
    ahead += milliseconds
  },
})
