import type { Entry, EvictListener, NearEntries, Store, StoreStats } from '../store.js'
import { releaseStore } from '../store-users.js'
import type { StoredValue } from '../stored-value.js'
import type { BusLink } from './bus-link.js'
import type { NearFences } from './near-fences.js'
import type { NearTier } from './near-tier.js'

/** What the views of one tiered store share. */
interface Shared {
  /** As they were given, for whom they have to be closed. */
  readonly stores: readonly [near: Store, far: Store]
  readonly near: NearTier
  readonly fences: NearFences
  readonly link: BusLink
}

/** What the far store holds after a write. */
type Kept = Map<string, Entry>

/** Reads near and then far; writes far and then near, and tells the other processes. */
export class Tiers implements Store {
  readonly name: string
  readonly near: NearEntries
  readonly onEvict?: (listener: EvictListener) => () => void
  readonly compareDelete?: NonNullable<Store['compareDelete']>
  readonly compareTouch?: NonNullable<Store['compareTouch']>
  readonly #shared: Shared
  readonly #far: Store

  constructor(shared: Shared, far: Store) {
    this.name = `tiered ${far.name}`
    const { near, fences } = shared
    this.near = {
      get: (key) => near.get(key),
      isAbsent: (key) => near.isAbsent(key),
      remember: (key, entry, value) => near.remember(key, entry, value),
      drop: (key) => fences.drop(key),
    }
    this.#shared = shared
    this.#far = far
    if (far.onEvict !== undefined) this.onEvict = far.onEvict.bind(far)
    const { compareDelete, compareTouch } = far
    if (compareDelete !== undefined)
      this.compareDelete = (key, ...args) => this.#write([key], () => compareDelete.call(far, key, ...args))
    if (compareTouch !== undefined)
      this.compareTouch = (key, ...args) => this.#write([key], () => compareTouch.call(far, key, ...args))
  }

  wrapFar(wrap: (far: Store) => Store): Store {
    return new Tiers(this.#shared, wrap(this.#far))
  }

  async get(key: string): Promise<Entry | undefined> {
    return this.#read(key, () => this.#far.get(key))
  }

  async getMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const { near } = this.#shared
    const unique = [...new Set(keys)]
    const held = unique.map((key) => near.get(key))
    const present = held.filter((entry) => entry !== undefined).length
    const wanted = new Set<string>()
    let answer: Promise<Map<string, Entry>> | undefined
    let answered: Map<string, Entry> | undefined
    // Beside a page that is there, the mark of its purge is absent. A URL that is not there, asked for
    // beside what all pages have in common, is mostly absent, and must leave nothing here.
    const mostAreThere = () => {
      const found = answered?.size ?? 0
      return present + found >= wanted.size - found
    }
    const read = async (key: string) => {
      wanted.add(key)
      // Asked when all keys have had their turn: some are near, others are being read by somebody already.
      answer ??= Promise.resolve().then(() => this.#far.getMany([...wanted]))
      const there = await answer
      answered ??= there
      return there.get(key)
    }
    const entries = await Promise.all(
      unique.map((key, i) => {
        if (held[i] !== undefined || near.isAbsent(key)) return held[i]
        return this.#read(key, () => read(key), mostAreThere)
      }),
    )
    const found = new Map<string, Entry>()
    for (const [i, key] of unique.entries()) {
      const entry = entries[i]
      if (entry !== undefined) found.set(key, entry)
    }
    return found
  }

  async has(key: string): Promise<boolean> {
    return this.near.get(key) !== undefined || this.#far.has(key)
  }

  set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    return this.#write([key], async (kept) => {
      await this.#far.set(key, value, expires)
      kept.set(key, { value, expires })
    })
  }

  setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]> {
    return this.#write([...entries.keys()], async (kept) => {
      const failed = new Set(await this.#far.setMany(entries, expires))
      for (const [key, value] of entries) if (!failed.has(key)) kept.set(key, { value, expires })
      return [...failed]
    })
  }

  add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    const add = async (kept: Kept) => {
      const added = await this.#far.add(key, value, expires)
      if (added) kept.set(key, { value, expires })
      return added
    }
    return this.#write([key], add, (added) => added)
  }

  delete(key: string): Promise<boolean> {
    return this.#write([key], () => this.#far.delete(key))
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#write(keys, () => this.#far.deleteMany(keys))
  }

  touch(key: string, expires: number | null): Promise<boolean> {
    return this.#write([key], () => this.#far.touch(key, expires))
  }

  incr(key: string, delta: number): Promise<number | undefined> {
    return this.#write([key], () => this.#far.incr(key, delta))
  }

  async clear(prefix: string): Promise<void> {
    const { fences, link } = this.#shared
    try {
      await this.#far.clear(prefix)
    } finally {
      fences.dropAll(prefix)
      await link.tell({ keys: [], prefix })
    }
  }

  check(): Promise<void> {
    return this.#far.check()
  }

  async stats(): Promise<StoreStats> {
    const { stores, link } = this.#shared
    const near = await stores[0].stats()
    return { ...(await this.#far.stats()), near, invalidationsLost: link.lost }
  }

  async close(): Promise<void> {
    const { stores, link } = this.#shared
    const closing = await Promise.allSettled([link.close(), ...stores.map(releaseStore)])
    for (const end of closing) if (end.status === 'rejected') throw end.reason
  }

  /** @param keepsAbsence whether near is to know for a while that there is none */
  #read(
    key: string,
    read: () => Promise<Entry | undefined>,
    keepsAbsence = () => false,
  ): Promise<Entry | undefined> {
    const { near, fences } = this.#shared
    const held = near.get(key)
    if (held !== undefined) return Promise.resolve(held)
    return fences.reads.join(key, async (flight) => {
      const entry = await read()
      if (flight.fenced) return entry
      if (entry !== undefined) return near.put(key, entry)
      if (keepsAbsence()) near.putAbsent(key)
      return undefined
    })
  }

  /**
   * Writes to the far store, which may fail after it has written; then near, what it has kept.
   *
   * @param changed whether an answer means that something has
   */
  async #write<T>(
    keys: readonly string[],
    write: (kept: Kept) => Promise<T>,
    changed: (answer: T) => boolean = () => true,
  ): Promise<T> {
    const { near, fences, link } = this.#shared
    const unique = new Set(keys)
    const kept: Kept = new Map()
    let tell = true
    fences.begin(unique)
    try {
      const answer = await write(kept)
      tell = changed(answer)
      return answer
    } finally {
      for (const key of unique) {
        const isSure = fences.end(key)
        const entry = kept.get(key)
        if (isSure && entry !== undefined) near.put(key, entry)
      }
      if (tell) await link.tell({ keys: [...unique] })
    }
  }
}
