import { isPromise } from '../../util/maybe-promise.js'
import { Turns } from '../../util/turns.js'
import { type Around, decorateStore } from '../decorate.js'
import type { Entry, Store } from '../store.js'
import type { StoredValue } from '../stored-value.js'
import { type CompressFormat, type Format, formatNamed } from './formats.js'
import { pack, unpack } from './packing.js'

/**
 * Returns the store with compression of all that leaves this process; entries in this process are
 * left alone.
 */
export function compressing(store: Store, name: CompressFormat): Store {
  if (store.sync !== undefined) return store
  if (store.wrapFar !== undefined) return store.wrapFar((far) => compressing(far, name))
  const compression = new Compression(store, formatNamed(name, 'compress'))
  return decorateStore(store, compression.around, compression.own)
}

/**
 * Compresses on the way to a store; on the way back decompresses any format, and passes on plain
 * values.
 */
class Compression {
  readonly #store: Store
  readonly #format: Format
  readonly #turns = new Turns()

  constructor(store: Store, format: Format) {
    this.#store = store
    this.#format = format
  }

  /**
   * Keeps writes behind a value that is still being compressed. Values that are compared are too
   * small for that.
   */
  readonly around: Around = (operation, run, keys) => {
    switch (operation) {
      case 'delete':
      case 'deleteMany':
      case 'touch':
      case 'incr':
        return this.#turns.after(keys, run)
      case 'clear': {
        const [prefix = ''] = keys
        return this.#turns.afterAll(prefix, run)
      }
      default:
        return run()
    }
  }

  readonly own: Partial<Store> = {
    get: async (key) => {
      const entry = await this.#store.get(key)
      return entry && unpackEntry(entry)
    },

    getMany: async (keys) => unpackEntries(await this.#store.getMany(keys)),

    peekMany: async (keys) => {
      const store = this.#store
      return unpackEntries(await (store.peekMany === undefined ? store.getMany(keys) : store.peekMany(keys)))
    },

    set: async (key, value, expires) =>
      this.#write(key, value, (packed) => this.#store.set(key, packed, expires)),

    add: async (key, value, expires) =>
      this.#write(key, value, (packed) => this.#store.add(key, packed, expires)),

    setMany: async (entries, expires) => {
      const packed = [...entries].map(
        async ([key, value]): Promise<[string, StoredValue]> => [key, await pack(value, this.#format)],
      )
      return this.#turns.hold([...entries.keys()], async () =>
        this.#store.setMany(new Map(await Promise.all(packed)), expires),
      )
    },
  }

  #write<T>(key: string, value: StoredValue, write: (packed: StoredValue) => Promise<T>): Promise<T> {
    const packed = pack(value, this.#format)
    if (!isPromise(packed)) return this.#turns.after([key], () => write(packed))
    return this.#turns.hold([key], async () => write(await packed))
  }
}

async function unpackEntries(found: ReadonlyMap<string, Entry>): Promise<Map<string, Entry>> {
  const unpacked = [...found].map(
    async ([key, entry]): Promise<[string, Entry]> => [key, await unpackEntry(entry)],
  )
  return new Map(await Promise.all(unpacked))
}

async function unpackEntry(entry: Entry): Promise<Entry> {
  const value = unpack(entry.value)
  return value === entry.value ? entry : { value: await value, expires: entry.expires }
}
