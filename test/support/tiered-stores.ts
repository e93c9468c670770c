import { type Entry, memoryStore, type Store, type TieredStoreOptions, tieredStore } from '@sitecache/core'
import { FaultyStore } from './faulty-store.js'
import { LocalBus } from './local-bus.js'

export const bytes = (text: string) => Buffer.from(text)

/** Returns the text of an entry of bytes. */
export const textOf = (entry: Entry | undefined) => entry && Buffer.from(entry.value as Buffer).toString()

/** Returns the text that a store has near, without asking the far one. */
export const nearBy = (store: Store, key: string) => textOf(store.near?.get(key))

/** Two processes that share a far store, and the bus between them. */
export function twoTieredStores(options: TieredStoreOptions = {}) {
  let time = 1_000_000
  const now = () => time
  const far = new FaultyStore()
  const bus = new LocalBus()
  const process = () => tieredStore(memoryStore({ now }), far, { bus, now, ...options })
  return {
    far,
    bus,
    here: process(),
    there: process(),
    now,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}
