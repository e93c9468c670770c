import { types } from 'node:util'
import { Turns } from '../../util/turns.js'
import type { Entry, EvictListener, Store, StoreStats } from '../store.js'
import type { StoredValue } from '../stored-value.js'
import { type CompressFormat, type Format, formatNamed } from './formats.js'
import { pack, unpack } from './packing.js'

/** The store, with what leaves this process compressed; what stays in it is left as it is. */
export function compressing(store: Store, name: CompressFormat): Store {
  if (store.sync !== undefined) return store
  if (store.wrapFar !== undefined) return store.wrapFar((far) => compressing(far, name))
  return new CompressingStore(store, formatNamed(name, 'compress'))
}

/** Compresses on the way to a store and decompresses on the way back, also what others compressed or did not. */
class CompressingStore implements Store {
  readonly name: string
  readonly onEvict?: (listener: EvictListener) => () => void
  readonly compareDelete?: NonNullable<Store['compareDelete']>
  readonly compareTouch?: NonNullable<Store['compareTouch']>
  readonly #store: Store
  readonly #format: Format
  readonly #turns = new Turns()

  constructor(store: Store, format: Format) {
    this.name = store.name
    this.#store = store
    this.#format = format
    if (store.onEvict !== undefined) this.onEvict = store.onEvict.bind(store)
    // What is small enough to be compared is not compressed.
    if (store.compareDelete !== undefined) this.compareDelete = store.compareDelete.bind(store)
    if (store.compareTouch !== undefined) this.compareTouch = store.compareTouch.bind(store)
  }

  async get(key: string): Promise<Entry | undefined> {
    const entry = await this.#store.get(key)
    return entry && unpackEntry(entry)
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const found = await this.#store.getMany(keys)
    const unpacked = [...found].map(
      async ([key, entry]): Promise<[string, Entry]> => [key, await unpackEntry(entry)],
    )
    return new Map(await Promise.all(unpacked))
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    await this.#write(key, value, (packed) => this.#store.set(key, packed, expires))
  }

  async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    return this.#write(key, value, (packed) => this.#store.add(key, packed, expires))
  }

  async setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]> {
    const keys = [...entries.keys()]
    const packed = [...entries].map(
      async ([key, value]): Promise<[string, StoredValue]> => [key, await pack(value, this.#format)],
    )
    return this.#turns.hold(keys, async () =>
      this.#store.setMany(new Map(await Promise.all(packed)), expires),
    )
  }

  delete(key: string): Promise<boolean> {
    return this.#turns.after([key], () => this.#store.delete(key))
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#turns.after(keys, () => this.#store.deleteMany(keys))
  }

  clear(prefix: string): Promise<void> {
    return this.#turns.afterAll(prefix, () => this.#store.clear(prefix))
  }

  touch(key: string, expires: number | null): Promise<boolean> {
    return this.#turns.after([key], () => this.#store.touch(key, expires))
  }

  incr(key: string, delta: number): Promise<number | undefined> {
    return this.#turns.after([key], () => this.#store.incr(key, delta))
  }

  has(key: string): Promise<boolean> {
    return this.#store.has(key)
  }

  check(): Promise<void> {
    return this.#store.check()
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  stats(): Promise<StoreStats> {
    return this.#store.stats()
  }

  #write<T>(key: string, value: StoredValue, write: (packed: StoredValue) => Promise<T>): Promise<T> {
    const packed = pack(value, this.#format)
    if (!isPromise(packed)) return this.#turns.after([key], () => write(packed))
    return this.#turns.hold([key], async () => write(await packed))
  }
}

async function unpackEntry(entry: Entry): Promise<Entry> {
  const value = unpack(entry.value)
  return value === entry.value ? entry : { value: await value, expires: entry.expires }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return types.isPromise(value)
}
