import type { Entry, EvictListener, Store, StoreStats } from './store.js'
import type { StoredValue } from './stored-value.js'

/** Methods of a store that ask for its entries, or for the store itself. */
export type StoreOperation =
  | 'get'
  | 'set'
  | 'delete'
  | 'clear'
  | 'add'
  | 'has'
  | 'touch'
  | 'incr'
  | 'compareDelete'
  | 'compareTouch'
  | 'getMany'
  | 'setMany'
  | 'deleteMany'
  | 'check'
  | 'stats'
  | 'close'

/**
 * Runs around each operation of a store: delays, bounds, counts or refuses it.
 *
 * @param run asks the store
 * @param keys of the operation; of `clear`, its prefix; of `check`, `stats` and `close`, none
 */
export type Around = <T>(
  operation: StoreOperation,
  run: () => Promise<T>,
  keys: Iterable<string>,
) => Promise<T>

/**
 * Returns a store whose every operation runs through `around`. It counts as a store elsewhere:
 * neither `sync` nor `near` of the decorated store is passed on, since they answer without an
 * operation.
 *
 * @param own members that replace those of the decorated store; `around` does not see them
 *
 * @example
 * const timed = decorateStore(store, async (operation, run) => {
 *   const started = performance.now()
 *   try { return await run() } finally { histogram(operation).record(performance.now() - started) }
 * })
 */
export function decorateStore(store: Store, around: Around, own: Partial<Store> = {}): Store {
  return Object.assign(new DecoratedStore(store, around), own)
}

const NO_KEYS: readonly string[] = []

class DecoratedStore implements Store {
  readonly name: string
  readonly keepsNothing?: true
  readonly onEvict?: (listener: EvictListener) => () => void
  readonly compareDelete?: NonNullable<Store['compareDelete']>
  readonly compareTouch?: NonNullable<Store['compareTouch']>
  readonly peekMany?: NonNullable<Store['peekMany']>
  readonly #store: Store
  readonly #around: Around

  constructor(store: Store, around: Around) {
    this.name = store.name
    this.#store = store
    this.#around = around
    // Optional members: absent where the store does not have them.
    const { compareDelete, compareTouch, keepsNothing, onEvict, peekMany } = store
    if (keepsNothing !== undefined) this.keepsNothing = keepsNothing
    if (onEvict !== undefined) this.onEvict = onEvict.bind(store)
    if (peekMany !== undefined)
      this.peekMany = (keys) => around('getMany', () => peekMany.call(store, keys), keys)
    if (compareDelete !== undefined)
      this.compareDelete = (...args) =>
        around('compareDelete', () => compareDelete.apply(store, args), [args[0]])
    if (compareTouch !== undefined)
      this.compareTouch = (...args) =>
        around('compareTouch', () => compareTouch.apply(store, args), [args[0]])
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#around('get', () => this.#store.get(key), [key])
  }

  set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    return this.#around('set', () => this.#store.set(key, value, expires), [key])
  }

  delete(key: string): Promise<boolean> {
    return this.#around('delete', () => this.#store.delete(key), [key])
  }

  clear(prefix: string): Promise<void> {
    return this.#around('clear', () => this.#store.clear(prefix), [prefix])
  }

  add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    return this.#around('add', () => this.#store.add(key, value, expires), [key])
  }

  has(key: string): Promise<boolean> {
    return this.#around('has', () => this.#store.has(key), [key])
  }

  touch(key: string, expires: number | null): Promise<boolean> {
    return this.#around('touch', () => this.#store.touch(key, expires), [key])
  }

  incr(key: string, delta: number): Promise<number | undefined> {
    return this.#around('incr', () => this.#store.incr(key, delta), [key])
  }

  getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    return this.#around('getMany', () => this.#store.getMany(keys), keys)
  }

  setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]> {
    return this.#around('setMany', () => this.#store.setMany(entries, expires), entries.keys())
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#around('deleteMany', () => this.#store.deleteMany(keys), keys)
  }

  check(): Promise<void> {
    return this.#around('check', () => this.#store.check(), NO_KEYS)
  }

  stats(): Promise<StoreStats> {
    return this.#around('stats', () => this.#store.stats(), NO_KEYS)
  }

  close(): Promise<void> {
    return this.#around('close', () => this.#store.close(), NO_KEYS)
  }
}
