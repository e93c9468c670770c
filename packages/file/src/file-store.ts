import {
  BaseStore,
  checkOptions,
  type Entry,
  type EvictListener,
  flag,
  func,
  guardStore,
  refusal,
  type Store,
  type StoredValue,
  type StoreStats,
  wholeNumber,
} from '@sitecache/core/store'
import { Census } from './census.js'
import { clearPrefix } from './clear.js'
import { EntryFiles } from './entry-files.js'
import { Folder, type Place } from './folder.js'
import { Increments } from './increments.js'
import { KeyLocks } from './key-locks.js'
import { isLive, Sweeper } from './sweep.js'
import { Turns } from './turns.js'

/** Limits of a file store, and how it writes. */
export interface FileStoreOptions {
  /** Entries at most, about: above 1000, several processes may go over it for a moment. @default 100 000 */
  readonly maxEntries?: number
  /** When full, one in so many is dropped, those that expire soonest first; 0: all. @default 3 */
  readonly cullFrequency?: number
  /** Bytes of the largest value; what is larger is not stored, and counted as a skip. @default 64 MiB */
  readonly maxValueBytes?: number
  /** Waits until the disk has what is written. Without, a power cut loses the last entries, and breaks none. @default false */
  readonly fsync?: boolean
  /** Longest that an operation is waited for, in milliseconds. @default 250 */
  readonly timeoutMs?: number
  /** Milliseconds since the epoch; for tests. @default Date.now */
  readonly now?: () => number
}

/** What there is to set, and in a URL too. */
export const limits = {
  maxEntries: wholeNumber(0),
  cullFrequency: wholeNumber(0),
  maxValueBytes: wholeNumber(0),
  fsync: flag,
  timeoutMs: wholeNumber(1),
}

const schema = { ...limits, now: func<() => number>() }

/**
 * A store in a folder, one file per entry, that several processes of one user share.
 *
 * The folder is made when it is not there, and belongs to the store: nothing else should be kept in it.
 *
 * @throws SettingsError for an option that is unknown or out of range, and for a folder that can't be used, with the reason.
 *
 * @example
 * createCaches({ default: { store: fileStore('/var/cache/site', { maxEntries: 20_000 }) } })
 */
export function fileStore(directory: string, options?: FileStoreOptions): Store {
  const checked = checkOptions(options, schema, 'fileStore()')
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    throw refusal("fileStore()'s directory", "a path such as '/var/cache/site'", directory)
  }
  const { timeoutMs, ...settings } = checked
  const store = new FileStore(new Folder(directory), {
    maxEntries: 100_000,
    cullFrequency: 3,
    maxValueBytes: 64 * 2 ** 20,
    fsync: false,
    now: () => Date.now(),
    ...settings,
  })
  return guardStore(store, timeoutMs === undefined ? {} : { timeoutMs })
}

type Settings = Required<Omit<FileStoreOptions, 'timeoutMs'>>

/**
 * `set` and `delete` replace and remove files, which is atomic. What reads first and then writes holds the key's lock, so
 * that of several processes no `add` or `incr` is lost.
 */
class FileStore extends BaseStore {
  readonly name = 'file'
  readonly #folder: Folder
  readonly #settings: Settings
  readonly #files: EntryFiles
  readonly #census: Census
  readonly #sweeper: Sweeper
  readonly #locks: KeyLocks
  readonly #increments: Increments
  readonly #turns = new Turns()

  constructor(folder: Folder, settings: Settings) {
    super()
    this.#folder = folder
    this.#settings = settings
    this.#census = new Census(folder, settings, settings.now)
    this.#sweeper = new Sweeper(folder, settings.now, () => this.#census.removed())
    this.#files = new EntryFiles(folder, settings, this.#census)
    this.#locks = new KeyLocks(folder)
    this.#increments = new Increments(this.#files, this.#locks, this.#turns)
  }

  async get(key: string): Promise<Entry | undefined> {
    const place = await this.#place(key)
    const found = await this.#files.read(place, key)
    if (found === 'bad' || (typeof found === 'object' && !this.#isLive(found.expires))) {
      // Somebody else who holds the lock is about to do it, or to write.
      await this.#locks.ifFree(place, () => this.#files.discard(place, key)).catch(() => {})
      return undefined
    }
    return found === 'absent' ? undefined : found
  }

  override async has(key: string): Promise<boolean> {
    return this.#isThere(await this.#place(key), key)
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    const place = await this.#place(key)
    await this.#turns.take(place.name, async () => {
      if (this.#keeps(expires)) await this.#files.replace(place, key, value, expires)
      else await this.#files.remove(place)
    })
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    const place = await this.#place(key)
    return this.#turns.take(place.name, async () => {
      if (await this.#isThere(place, key)) return false
      if (!this.#keeps(expires)) return true
      return this.#locks.with(place, () => this.#files.create(place, key, value, expires))
    })
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    const place = await this.#place(key)
    return this.#turns.take(place.name, async () => {
      if (!this.#keeps(expires)) return (await this.#isThere(place, key)) && this.#files.remove(place)
      return this.#locks.with(place, () =>
        this.#files.change(place, key, ({ value }) => ({ next: { value, expires }, answer: true }), false),
      )
    })
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    return this.#increments.add(await this.#place(key), key, delta)
  }

  async delete(key: string): Promise<boolean> {
    const place = await this.#place(key)
    return this.#turns.take(place.name, async () => {
      const wasThere = await this.#isThere(place, key)
      // Of two who delete at once only one removes the file.
      return (await this.#files.remove(place)) && wasThere
    })
  }

  /** Of a prefix with one colon, at its end, no entry needs to be read. */
  async clear(prefix: string): Promise<void> {
    await this.#turns.settled()
    await clearPrefix(this.#folder, prefix, () => this.#census.removed())
  }

  /** Looks at the folder as at creation, and at whether an entry can be written, read and removed. */
  override async check(): Promise<void> {
    await this.#folder.check()
    await this.#files.check()
  }

  override async stats(): Promise<StoreStats> {
    return { entries: await this.#census.entries() }
  }

  /** Waits for what goes on behind the operations. */
  override async close(): Promise<void> {
    await this.#turns.settled()
    await Promise.all([this.#census.settled(), this.#sweeper.settled()])
  }

  onEvict(listener: EvictListener): () => void {
    return this.#census.onEvict(listener)
  }

  async #place(key: string): Promise<Place> {
    this.#sweeper.nudge()
    const place = this.#folder.place(key)
    await this.#folder.verify(place.shard)
    return place
  }

  async #isThere(place: Place, key: string): Promise<boolean> {
    const found = await this.#files.peek(place, key)
    return typeof found === 'object' && this.#isLive(found.expires)
  }

  #isLive(expires: number | null): boolean {
    return isLive(expires, this.#settings.now())
  }

  #keeps(expires: number | null): boolean {
    return this.#settings.maxEntries > 0 && this.#isLive(expires)
  }
}
