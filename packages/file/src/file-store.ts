import {
  BaseStore,
  checkOptions,
  type Entry,
  type EvictListener,
  flag,
  func,
  guardStore,
  milliseconds,
  optionsFromQuery,
  type Store,
  type StoredValue,
  type StoreStats,
  wholeNumber,
} from '@sitecache/core/store'
import { clearPrefix } from './clear.js'
import { parseDirectory } from './directory.js'
import { EntryCount } from './entry-count.js'
import { EntryFiles } from './entry-files.js'
import { type EntryLocation, Folder } from './folder.js'
import { FileIncrements } from './increments.js'
import { KeyLocks } from './key-locks.js'
import { KeyTurns } from './key-turns.js'
import { isLive, Sweeper } from './sweep.js'

/** Limits of a file store, and how it writes. */
export interface FileStoreOptions {
  /** Most entries; above 1000, several processes may exceed it for a moment. @default 100 000 */
  readonly maxEntries?: number
  /**
   * When full, one entry in this many is dropped, the soonest to expire first; 0: all. @default 3
   */
  readonly cullFrequency?: number
  /**
   * Bytes of the largest value; a larger one is not stored, and counted as a skip. @default 64 MiB
   */
  readonly maxValueBytes?: number
  /**
   * Waits until the disk has the file. Without it a power cut loses the last entries, but breaks
   * none. @default false
   */
  readonly fsync?: boolean
  /** Longest wait for an operation, in milliseconds. @default 250 */
  readonly timeoutMs?: number
  /** Milliseconds since the epoch; for tests. @default Date.now */
  readonly now?: () => number
}

/** Options that a URL may set too. */
export const limits = {
  maxEntries: wholeNumber(0),
  cullFrequency: wholeNumber(0),
  maxValueBytes: wholeNumber(0),
  fsync: flag,
  timeoutMs: milliseconds(),
}

const schema = { ...limits, now: func<() => number>() }

/**
 * A store in a folder, one file per entry, that processes of one user share.
 *
 * The folder is made if missing, and belongs to the store. One that can't be written now (a full or
 * read-only disk, a mount that is still missing) does not stop the application: operations fail
 * until it can. A setting that stays wrong, such as a folder that others may write to, is an error
 * at once.
 *
 * @param directory a path, or a `file:` URL with options in its query string
 * @throws SettingsError for an unknown or invalid option, and for a folder that must not be used
 *
 * @example
 * createCaches({ default: { store: fileStore('/var/cache/site', { maxEntries: 20_000 }) } })
 */
export function fileStore(directory: string | URL, options?: FileStoreOptions): Store {
  const checked = checkOptions(options, schema, 'fileStore()')
  const { path, query } = parseDirectory(directory)
  const { timeoutMs, ...settings } = { ...optionsFromQuery(query, limits, 'fileStore()'), ...checked }
  const store = new FileStore(new Folder(path), {
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
 * `set` and `delete` replace and remove files, which is atomic. Operations that read before they
 * write hold the key's lock, so that no process loses another's `add` or `incr`.
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
      // The holder of the lock is about to do it, or to write.
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
      if ((await this.#isThere(location, key)) || this.#settings.maxEntries === 0) return false
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
      // Of two concurrent deletes only one removes the file.
      return (await this.#files.remove(location)) && wasThere
    })
  }

  /**
   * Removes entries by their names where the prefix is a whole namespace, and else by their keys.
   */
  async clear(prefix: string): Promise<void> {
    await this.#turns.settled()
    await clearPrefix(this.#folder, prefix, () => this.#count.removed())
  }

  /** Checks the folder as at creation; writes, reads and removes an entry. */
  override async check(): Promise<void> {
    await this.#folder.check()
    await this.#files.check()
  }

  override async stats(): Promise<StoreStats> {
    return { entries: await this.#count.entries() }
  }

  /** Waits for the background work. */
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
