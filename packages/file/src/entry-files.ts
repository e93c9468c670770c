import { link, lstat, rename, rmdir, unlink } from 'node:fs/promises'
import { type Entry, type StoredValue, TooLargeError } from '@sitecache/core'
import { codeOf, isAbsence, presence, removeFile, writeNew } from './disk.js'
import type { EntryCount } from './entry-count.js'
import { type Header, packEntry } from './entry-file.js'
import { type EntryLocation, type Folder, reasonOf } from './folder.js'
import { type Finding, peekEntry, readEntry } from './read-entry.js'
import { isLive } from './sweep.js'

interface Settings {
  readonly maxValueBytes: number
  readonly fsync: boolean
  readonly now: () => number
}

/** What becomes of an entry, and what is answered. */
export interface EntryChange<T> {
  /** Undefined: it stays as it is. */
  readonly next: Entry | undefined
  readonly answer: T
}

/** Times that an entry is looked at again, because somebody replaced it meanwhile. */
const ATTEMPTS = 20

/** What is done to the file of one entry. Whoever calls sees to turns and locks. */
export class EntryFiles {
  readonly #folder: Folder
  readonly #settings: Settings
  readonly #count: EntryCount

  constructor(folder: Folder, settings: Settings, count: EntryCount) {
    this.#folder = folder
    this.#settings = settings
    this.#count = count
  }

  read({ path }: EntryLocation, key: string): Promise<Finding<Entry>> {
    return readEntry(path, key, this.#settings.maxValueBytes)
  }

  /** Of a key's own file, its header. */
  async peek({ path }: EntryLocation, key: string): Promise<Finding<Header>> {
    const found = await peekEntry(path)
    return typeof found !== 'object' || found.key.equals(Buffer.from(key)) ? found : 'bad'
  }

  /** Puts an entry in the place of whatever is there. */
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
      // What could not be replaced is out of date.
      await this.remove(location).catch(() => false)
      throw error
    }
  }

  /** Puts an entry where none is; whether it did. For the holder of the key's lock. */
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
        await this.#inShard(location, () => link(file, location.path))
      } catch (error) {
        // Set without the lock, just now.
        if (codeOf(error) === 'EEXIST') return false
        throw error
      } finally {
        await removeFile(file).catch(() => false)
      }
      return true
    })
  }

  /**
   * Reads an entry and replaces it by what `decide` makes of it; answers its answer, or `absent` when there is no entry.
   * For the holder of the key's lock. What is set or deleted meanwhile, without a lock, is looked at again.
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

  /** Whether there was a file. */
  async remove({ path }: EntryLocation): Promise<boolean> {
    const removed = await presence(removeAny(path))
    if (removed) this.#count.removed()
    return removed
  }

  /**
   * Removes what is not an entry of the key, or not any more. For the holder of the key's lock. What was set meanwhile,
   * without a lock, is put back.
   */
  async discard(location: EntryLocation, key: string): Promise<void> {
    const aside = this.#folder.temporaryPath()
    if (!(await presence(rename(location.path, aside)))) return
    const found = await this.read({ ...location, path: aside }, key)
    if (this.#isLive(found)) {
      await link(aside, location.path).catch(() => {})
    } else this.#count.removed()
    await removeAny(aside)
  }

  /** @throws an error in the operator's words, when an entry can't be written, read and removed. */
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

  /** Writes a file aside and lets `put` move it into place; counts it when it is a new entry. */
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
      await this.#inShard(location, () => rename(file, location.path))
    } catch (error) {
      // A folder in the place of an entry: it was not put there by us.
      if (codeOf(error) !== 'EISDIR') {
        await removeFile(file).catch(() => false)
        throw error
      }
      await removeAny(location.path)
      await rename(file, location.path)
    }
  }

  /** Makes what folders are missing, when any are, and tries again. */
  async #inShard(location: EntryLocation, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      if (!isAbsence(error)) throw error
      await this.#folder.restore(location.shard)
      await run()
    }
  }

  #isLive(found: Finding<Entry>): found is Entry {
    return typeof found === 'object' && isLive(found.expires, this.#settings.now())
  }
}

async function isThere(path: string): Promise<boolean> {
  return presence(lstat(path))
}

/** What no other file ever has: a number may be given again, but not at the same time. Undefined: it is not there. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { ino, ctimeNs } = await lstat(path, { bigint: true })
    return `${ino}-${ctimeNs}`
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/** A file or a link; or a folder that somebody put there, if it is empty. */
async function removeAny(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    // Linux says the one, others the other.
    if (codeOf(error) !== 'EISDIR' && codeOf(error) !== 'EPERM') throw error
    await rmdir(path)
  }
}
