import { link, lstat, rename } from 'node:fs/promises'
import { type Entry, type StoredValue, TooLargeError } from '@sitecache/core/store'
import { presence, removeFile, writeNew } from './disk.js'
import type { EntryCount } from './entry-count.js'
import { type Header, packEntry } from './entry-file.js'
import { codeOf, isAbsence } from './error-code.js'
import type { EntryLocation, Folder } from './folder.js'
import { whenFree } from './held.js'
import { linkNew } from './link-new.js'
import { reasonOf } from './prepare-folder.js'
import { type EntryFinding, peekEntry, readEntry } from './read-entry.js'
import { isFolder } from './remove-any.js'
import { isLive } from './sweep.js'

interface Settings {
  readonly maxValueBytes: number
  readonly fsync: boolean
  readonly now: () => number
}

/** The outcome of a read-and-write: the new entry, and the caller's result. */
export interface EntryChange<T> {
  /** Undefined: the entry stays as it is. */
  readonly next: Entry | undefined
  readonly answer: T
}

/** Attempts on an entry that others replace meanwhile. */
const ATTEMPTS = 20

/** Operations on the file of one entry. The caller holds the key's turn or lock. */
export class EntryFiles {
  readonly #folder: Folder
  readonly #settings: Settings
  readonly #count: EntryCount

  constructor(folder: Folder, settings: Settings, count: EntryCount) {
    this.#folder = folder
    this.#settings = settings
    this.#count = count
  }

  read({ path }: EntryLocation, key: string): Promise<EntryFinding<Entry>> {
    return readEntry(path, key, this.#settings.maxValueBytes)
  }

  /** Reads the header of a key's file. */
  async peek({ path }: EntryLocation, key: string): Promise<EntryFinding<Header>> {
    const found = await peekEntry(path)
    return typeof found !== 'object' || found.key.equals(Buffer.from(key)) ? found : 'bad'
  }

  /** Replaces the file, whatever it is. */
  async replace(
    location: EntryLocation,
    key: string,
    value: StoredValue,
    expires: number | null,
  ): Promise<void> {
    try {
      const isNew = !(await isThere(location.path))
      await this.#write(location, key, { value, expires }, isNew, (file) => this.#move(file, location))
    } catch (error) {
      // The old entry is out of date.
      await this.remove(location).catch(() => false)
      throw error
    }
  }

  /** Creates an entry unless there is one; returns whether it did. The caller holds the lock. */
  async create(
    location: EntryLocation,
    key: string,
    value: StoredValue,
    expires: number | null,
  ): Promise<boolean> {
    const found = await this.read(location, key)
    if (this.#isLive(found)) return false
    if (found !== 'absent') await this.discard(location, key)
    return this.#write(location, key, { value, expires }, true, async (file) => {
      try {
        await this.#inShard(location, () => linkNew(file, location.path))
      } catch (error) {
        // Set without the lock meanwhile.
        if (codeOf(error) === 'EEXIST') return false
        throw error
      } finally {
        await removeFile(file).catch(() => false)
      }
      return true
    })
  }

  /**
   * Reads an entry and replaces it by the outcome of `decide`; returns its result, or `absent`
   * without an entry. The caller holds the lock; a set or delete meanwhile, which takes no lock,
   * starts it again.
   */
  async change<T>(
    location: EntryLocation,
    key: string,
    decide: (entry: Entry) => EntryChange<T>,
    absent: T,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const before = await identityOf(location.path)
      const found = await this.read(location, key)
      if (!this.#isLive(found)) return absent
      const { next, answer } = decide(found)
      if (next === undefined) return answer
      const done = await this.#write(location, key, next, false, async (file) => {
        const same = before !== undefined && (await identityOf(location.path)) === before
        if (same || attempt === ATTEMPTS) await this.#move(file, location)
        else await removeFile(file)
        return same || attempt === ATTEMPTS
      })
      if (done) return answer
    }
  }

  /** Removes the file; returns whether there was one. */
  async remove({ path }: EntryLocation): Promise<boolean> {
    const removed = await this.#folder.free(path)
    if (removed) this.#count.removed()
    return removed
  }

  /**
   * Removes a file that is no live entry of the key. The caller holds the lock; an entry that was
   * set meanwhile, without a lock, is put back.
   */
  async discard(location: EntryLocation, key: string): Promise<void> {
    const aside = this.#folder.temporaryPath()
    if (!(await presence(rename(location.path, aside)))) return
    const found = await this.read({ ...location, path: aside }, key)
    if (this.#isLive(found)) {
      await link(aside, location.path).catch(() => {})
    } else this.#count.removed()
    await this.#folder.free(aside)
  }

  /**
   * Writes, reads and removes an entry.
   *
   * @throws Error with a message for the operator
   */
  async check(): Promise<void> {
    const key = 'sitecache:check'
    const location = this.#folder.locate(key)
    try {
      await this.replace(location, key, Buffer.from('1'), null)
      if (typeof (await this.read(location, key)) !== 'object')
        throw new Error('what was written could not be read back')
      await this.remove(location)
    } catch (error) {
      throw new Error(`the directory '${this.#folder.root}' can't be used: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }

  /** Writes a temporary file, lets `put` move it into place, and counts a new entry. */
  async #write<T>(
    location: EntryLocation,
    key: string,
    { value, expires }: Entry,
    isNew: boolean,
    put: (file: string) => Promise<T>,
  ): Promise<T> {
    if (value.byteLength > this.#settings.maxValueBytes) {
      throw new TooLargeError(
        `the value has ${value.byteLength} bytes; maxValueBytes is ${this.#settings.maxValueBytes}`,
      )
    }
    const bytes = packEntry(key, value, expires)
    if (isNew) await this.#count.admit()
    let written: T | false = false
    try {
      const file = await this.#writeAside(location, bytes, expires)
      written = await put(file)
      return written
    } finally {
      if (isNew) this.#count.admitted(written !== false)
    }
  }

  async #writeAside(location: EntryLocation, bytes: Buffer, expires: number | null): Promise<string> {
    const path = this.#folder.temporaryPath()
    const how = { expires, fsync: this.#settings.fsync, chmod: this.#folder.chmod }
    await this.#inShard(location, () => writeNew(path, bytes, how))
    return path
  }

  async #move(file: string, location: EntryLocation): Promise<void> {
    try {
      await this.#inShard(location, () => whenFree(() => rename(file, location.path)))
    } catch (error) {
      // A foreign folder in the place of an entry: EISDIR, and EPERM on Windows.
      if (!(await isFolder(location.path))) {
        await removeFile(file).catch(() => false)
        throw error
      }
      await this.#folder.free(location.path)
      await rename(file, location.path)
    }
  }

  /** Runs a function, again after making missing folders. */
  async #inShard(location: EntryLocation, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (!isAbsence(error)) throw error
      await this.#folder.restore(location.shard)
      await run()
    }
  }

  #isLive(found: EntryFinding<Entry>): found is Entry {
    return typeof found === 'object' && isLive(found.expires, this.#settings.now())
  }
}

async function isThere(path: string): Promise<boolean> {
  return presence(lstat(path))
}

/**
 * Identifies a file by inode and change time.
 *
 * @returns undefined: there is no file
 */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { ino, ctimeNs } = await lstat(path, { bigint: true })
    return `${ino}-${ctimeNs}`
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
