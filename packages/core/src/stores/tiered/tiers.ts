import { decorateStore } from '../decorate.js'
import type { Entry, NearEntries, Store, StoreStats } from '../store.js'
import type { StoredValue } from '../stored-value.js'
import { releaseStore } from '../users.js'
import type { BusLink } from './bus-link.js'
import type { NearFences } from './near-fences.js'
import type { NearTier } from './near-tier.js'

/** Parts that all views of one tiered store share. */
export interface SharedTiers {
  /** As they were given to `tieredStore`; closed with it. */
  readonly stores: readonly [near: Store, far: Store]
  readonly near: NearTier
  readonly fences: NearFences
  readonly link: BusLink
}

/** Entries that the far store holds after a write. */
type Written = Map<string, Entry>

/** Returns a tiered store; each view of it, by `wrapFar`, reaches the far store in its own way. */
export function tiersOver(shared: SharedTiers, far: Store): Store {
  const { near, fences, link, stores } = shared
  const tiers = new Tiers(shared, far)
  const nearEntries: NearEntries = {
    get: (key) => near.get(key),
    isAbsent: (key) => near.isAbsent(key),
    remember: (key, entry, value) => near.remember(key, entry, value),
    drop: (key) => fences.drop(key),
  }
  // Of the operations that are not replaced, `check` asks the far store, and the others write to
  // it.
  return decorateStore(
    far,
    (operation, run, keys) => (operation === 'check' ? run() : tiers.write([...keys], run)),
    {
      name: `tiered ${far.name}`,
      near: nearEntries,
      wrapFar: (wrap) => tiersOver(shared, wrap(far)),
      get: async (key) => tiers.read(key, () => far.get(key)),
      getMany: (keys) => tiers.readMany(keys),
      peekMany: (keys) => tiers.peekMany(keys),
      has: async (key) => near.get(key) !== undefined || far.has(key),
      set: (key, value, expires) => tiers.set(key, value, expires),
      setMany: (entries, expires) => tiers.setMany(entries, expires),
      add: (key, value, expires) => tiers.add(key, value, expires),
      clear: (prefix) => tiers.clear(prefix),
      stats: async (): Promise<StoreStats> => {
        const nearStats = await stores[0].stats()
        const { lost, sent, received } = link
        const bus = { invalidationsSent: sent, invalidationsReceived: received, invalidationsLost: lost }
        return { ...(await far.stats()), near: nearStats, ...bus }
      },
      close: () => closeAll([link.close(), ...stores.map(releaseStore)]),
    },
  )
}

async function closeAll(closing: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(closing)) if (end.status === 'rejected') throw end.reason
}

/** Reads near and then far; writes far and then near, and tells the other processes. */
class Tiers {
  readonly #shared: SharedTiers
  readonly #far: Store

  constructor(shared: SharedTiers, far: Store) {
    this.#shared = shared
    this.#far = far
  }

  /** @param keepsAbsence returns whether the near tier is to know for a while that there is none */
  read(
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

  async readMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const { near } = this.#shared
    const unique = [...new Set(keys)]
    const held = unique.map((key) => near.get(key))
    const present = held.filter((entry) => entry !== undefined).length
    const wanted = new Set<string>()
    let answer: Promise<Map<string, Entry>> | undefined
    let answered: Map<string, Entry> | undefined
    // Beside a page that is there, the mark of its purge is absent. A URL that is not there, read
    // beside keys that all pages share, is mostly absent, and must leave nothing here.
    const mostAreThere = () => {
      const found = answered?.size ?? 0
      return present + found >= wanted.size - found
    }
    const readFar = async (key: string) => {
      wanted.add(key)
      // Sent when all keys have had their turn: some are near, others are being read by other
      // callers already.
      answer ??= Promise.resolve().then(() => this.#far.getMany([...wanted]))
      const there = await answer
      answered ??= there
      return there.get(key)
    }
    const readOne = (key: string, i: number) => {
      if (held[i] !== undefined || near.isAbsent(key)) return held[i]
      return this.read(key, () => readFar(key), mostAreThere)
    }
    const entries = await Promise.all(unique.map(readOne))
    const found = new Map<string, Entry>()
    for (const [i, key] of unique.entries()) {
      const entry = entries[i]
      if (entry !== undefined) found.set(key, entry)
    }
    return found
  }

  /** Reads as `readMany` does, and keeps nothing near. */
  async peekMany(keys: readonly string[]): Promise<Map<string, Entry>> {
    const held = new Map<string, Entry>()
    for (const key of keys) {
      const entry = this.#shared.near.peek(key)
      if (entry !== undefined) held.set(key, entry)
    }
    const wanted = keys.filter((key) => !held.has(key))
    if (wanted.length === 0) return held
    const far = this.#far
    const there = await (far.peekMany === undefined ? far.getMany(wanted) : far.peekMany(wanted))
    return new Map([...there, ...held])
  }

  set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    return this.write([key], async (written) => {
      await this.#far.set(key, value, expires)
      written.set(key, { value, expires })
    })
  }

  setMany(entries: ReadonlyMap<string, StoredValue>, expires: number | null): Promise<string[]> {
    return this.write([...entries.keys()], async (written) => {
      const failed = new Set(await this.#far.setMany(entries, expires))
      for (const [key, value] of entries) if (!failed.has(key)) written.set(key, { value, expires })
      return [...failed]
    })
  }

  add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    const add = async (written: Written) => {
      const added = await this.#far.add(key, value, expires)
      if (added) written.set(key, { value, expires })
      return added
    }
    return this.write([key], add, (added) => added)
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

  /**
   * Writes to the far store, which may fail after it has written; then puts near the entries that
   * it holds.
   *
   * @param changed returns whether a result means that something has changed
   */
  async write<T>(
    keys: readonly string[],
    write: (written: Written) => Promise<T>,
    changed: (result: T) => boolean = () => true,
  ): Promise<T> {
    const { near, fences, link } = this.#shared
    const unique = new Set(keys)
    const written: Written = new Map()
    let tell = true
    fences.begin(unique)
    try {
      const result = await write(written)
      tell = changed(result)
      return result
    } finally {
      for (const key of unique) {
        const isSure = fences.end(key)
        const entry = written.get(key)
        if (isSure && entry !== undefined) near.put(key, entry)
      }
      if (tell) await link.tell({ keys: [...unique] })
    }
  }
}
