import { TooLargeError } from '../../errors.js'
import { ownBytes } from '../memory/own-bytes.js'
import type { Entry, NearEntries, SyncStore } from '../store.js'
import { bytesOf, type Encodable, type StoredValue } from '../stored-value.js'

/** Place and lifetime of near entries. */
export interface NearTierOptions {
  readonly store: SyncStore
  /** Milliseconds */
  readonly lifetime: number
  readonly now: () => number
}

/** Entries of a far store, kept in this process for a short time each. */
export class NearTier implements Pick<NearEntries, 'get' | 'isAbsent' | 'remember'> {
  readonly #store: SyncStore
  readonly #lifetime: number
  readonly #now: () => number

  constructor({ store, lifetime, now }: NearTierOptions) {
    this.#store = store
    this.#lifetime = lifetime
    this.#now = now
  }

  get(key: string): Entry | undefined {
    const held = this.#store.get(key)?.value
    return held instanceof NearEntry ? held.entry : undefined
  }

  /** As `get`, but leaves no trace. */
  peek(key: string): Entry | undefined {
    const held = this.#store.peek(key)?.value
    return held instanceof NearEntry ? held.entry : undefined
  }

  isAbsent(key: string): boolean {
    return this.#store.get(key)?.value === ABSENT
  }

  /** Remembers that there is no entry, for the lifetime of a near one. */
  putAbsent(key: string): void {
    this.#keep(key, ABSENT, this.#now() + this.#lifetime)
  }

  /** Keeps an entry, no longer than it lives; returns it as it is kept, with memory of its own. */
  put(key: string, { value, expires }: Entry): Entry {
    const entry = { value: ownBytes(value), expires }
    const until = this.#now() + this.#lifetime
    this.#keep(key, new NearEntry(entry), expires === null ? until : Math.min(until, expires))
    return entry
  }

  remember(key: string, entry: Entry, value: Encodable): void {
    const held = this.#store.get(key)
    // Another entry is there, or none: the one that was decoded is out of date.
    if (!(held?.value instanceof NearEntry) || held.value.entry !== entry) return
    this.#keep(key, new NearEntry({ value, expires: entry.expires }), held.expires)
  }

  delete(key: string): void {
    this.#store.delete(key)
  }

  clear(prefix: string): void {
    this.#store.clear(prefix)
  }

  /** Keeps an entry near; one that is too large for that is read from afar each time. */
  #keep(key: string, value: StoredValue, expires: number | null): void {
    try {
      this.#store.set(key, value, expires)
    } catch (error) {
      if (!(error instanceof TooLargeError)) throw error
    }
  }
}

/** Entry with its own expiry, as a value of the near store, where it expires sooner. */
class NearEntry implements Encodable {
  constructor(readonly entry: Entry) {}

  get byteLength(): number {
    return this.entry.value.byteLength
  }

  encode(): Uint8Array[] {
    return [bytesOf(this.entry.value as StoredValue)]
  }
}

/** Stands for an entry that the far store does not have. */
const ABSENT: Encodable = { byteLength: 0, encode: () => [] }
