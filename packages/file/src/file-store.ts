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
} from '@sitecache/core'
import { clearPrefix } from './clear.js'
import { EntryCount } from './entry-count.js'
import { EntryFiles } from './entry-files.js'
import { type EntryLocation, Folder } from './folder.js'
import { FileIncrements } from './increments.js'
import { KeyLocks } from './key-locks.js'
import { KeyTurns } from './key-turns.js'
import { isLive, Sweeper } from './sweep.js'

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
  readonly #count: EntryCount
  readonly #sweeper: Sweeper
  readonly #locks: KeyLocks
  readonly #increments: FileIncrements
  readonly #turns = new KeyTurns()

  constructor(folder: Folder, settings: Settings) {
    super()
    this.#folder = folder
    this.#settings = settings
    this.#count = new EntryCount(folder, settings, settings.now)
    this.#sweeper = new Sweeper(folder, settings.now, () => this.#count.removed())
    this.#files = new EntryFiles(folder, settings, this.#count)
    this.#locks = new KeyLocks(folder)
    this.#increments = new FileIncrements(this.#files, this.#locks, this.#turns)
  }

  async get(key: string): Promise<Entry | undefined> {
    const location = await this.#location(key)
    const found = await this.#files.read(location, key)
    if (found === 'bad' || (typeof found === 'object' && !this.#isLive(found.expires))) {
      // Somebody else who holds the lock is about to do it, or to write.
      await this.#locks.ifFree(location, () => this.#files.discard(location, key)).catch(() => {})
      return undefined
    }
    return found === 'absent' ? undefined : found
  }

  override async has(key: string): Promise<boolean> {
    return this.#isThere(await this.#location(key), key)
  }

  async set(key: string, value: StoredValue, expires: number | null): Promise<void> {
    const location = await this.#location(key)
    await this.#turns.take(location.name, async () => {
      if (this.#keeps(expires)) await this.#files.replace(location, key, value, expires)
      else await this.#files.remove(location)
    })
  }

  override async add(key: string, value: StoredValue, expires: number | null): Promise<boolean> {
    const location = await this.#location(key)
    return this.#turns.take(location.name, async () => {
      if (await this.#isThere(location, key)) return false
      if (!this.#keeps(expires)) return true
      return this.#locks.with(location, () => this.#files.create(location, key, value, expires))
    })
  }

  override async touch(key: string, expires: number | null): Promise<boolean> {
    const location = await this.#location(key)
    return this.#turns.take(location.name, async () => {
      if (!this.#keeps(expires)) return (await this.#isThere(location, key)) && this.#files.remove(location)
      return this.#locks.with(location, () =>
        this.#files.change(location, key, ({ value }) => ({ next: { value, expires }, answer: true }), false),
      )
    })
  }

  override async incr(key: string, delta: number): Promise<number | undefined> {
    return this.#increments.add(await this.#location(key), key, delta)
  }

  async delete(key: string): Promise<boolean> {
    const location = await this.#location(key)
    return this.#turns.take(location.name, async () => {
      const wasThere = await this.#isThere(location, key)
      // Of two who delete at once only one removes the file.
      return (await this.#files.remove(location)) && wasThere
    })
  }

  /** Of a prefix with one colon, at its end, no entry needs to be read. */
  async clear(prefix: string): Promise<void> {
    await this.#turns.settled()
    await clearPrefix(this.#folder, prefix, () => this.#count.removed())
  }

  /** Looks at the folder as at creation, and at whether an entry can be written, read and removed. */
  override async check(): Promise<void> {
    await this.#folder.check()
    await this.#files.check()
  }

  override async stats(): Promise<StoreStats> {
    return { entries: await this.#count.entries() }
  }

  /** Waits for what goes on behind the operations. */
  override async close(): Promise<void> {
    await this.#turns.settled()
    await Promise.all([this.#count.settled(), this.#sweeper.settled()])
  }

  onEvict(listener: EvictListener): () => void {
    return this.#count.onEvict(listener)
  }

  async #location(key: string): Promise<EntryLocation> {
    this.#sweeper.sweepIfDue()
    const location = this.#folder.locate(key)
    await this.#folder.verify(location.shard)
    return location
  }

  async #isThere(location: EntryLocation, key: string): Promise<boolean> {
    const found = await this.#files.peek(location, key)
    return typeof found === 'object' && this.#isLive(found.expires)
  }

  #isLive(expires: number | null): boolean {
    return isLive(expires, this.#settings.now())
  }

  #keeps(expires: number | null): boolean {
    return this.#settings.maxEntries > 0 && this.#isLive(expires)
  }
}
