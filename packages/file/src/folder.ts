import { hash, randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { chmod, lstat, mkdir, readdir, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SettingsError } from '@sitecache/core'
import { codeOf, FILE_MODE, FOLDER_MODE, isAbsence } from './disk.js'

/** Milliseconds after which a shard is checked again: it may have become a link. */
const TRUST_MS = 1000

const SHARD = /^[0-9a-f]{2}$/
const ENTRY = /^[0-9a-f]{16}-[0-9a-f]{46}$/

/** Hashes of namespaces that are remembered; an application has a few. */
const MAX_NAMESPACES = 1000

/** Location of an entry's file. */
export interface EntryLocation {
  /** The key's hash, as text. */
  readonly name: string
  /** The shard's folder. */
  readonly shard: string
  readonly path: string
}

/** A store's folder: 256 shards of entries, temporary files, locks. */
export class Folder {
  /** The real path, without links. */
  readonly root: string
  /** True when files need chmod, since the umask takes the owner's rights. */
  readonly chmod: boolean
  readonly temporary: string
  readonly locks: string
  readonly #trusted = new Map<string, number>()
  readonly #namespaces = new Map<string, string>()
  #written = 0
  readonly #self = randomBytes(6).toString('hex')

  /** @throws SettingsError for a folder that can't be used, or must not be, with the reason. */
  constructor(directory: string) {
    const given = resolve(directory)
    try {
      if (fs.mkdirSync(given, { recursive: true, mode: FOLDER_MODE }) !== undefined)
        fs.chmodSync(given, FOLDER_MODE)
      this.root = fs.realpathSync(given)
      this.temporary = join(this.root, 'tmp')
      this.locks = join(this.root, 'locks')
      const fault = faultOf(fs.statSync(this.root))
      if (fault !== undefined) throw new SettingsError(refusal(given, fault))
      for (const folder of [this.temporary, this.locks]) makeOwn(folder)
      this.chmod = tryToWrite(this.temporaryPath())
    } catch (error) {
      if (error instanceof SettingsError) throw error
      throw new SettingsError(refusal(given, reasonOf(error)), { cause: error })
    }
  }

  /**
   * Returns the location of a key's file. Its name consists of the hashes of the key's namespace
   * (up to the first colon) and of the key, so that `clear` knows a namespace's files without
   * opening them.
   */
  locate(key: string): EntryLocation {
    const name = digest(key, 48)
    const shard = join(this.root, name.slice(0, 2))
    const namespace = this.#startOfNames(key.slice(0, key.indexOf(':') + 1))
    return { name, shard, path: join(shard, `${namespace}${name.slice(2)}`) }
  }

  /**
   * Returns how names of entries begin whose keys may have this prefix; `isExact`: all such entries
   * have it, else each must be opened.
   */
  namesOf(prefix: string): { readonly start: string; readonly isExact: boolean } {
    const colon = prefix.indexOf(':')
    if (colon < 0) return { start: '', isExact: false }
    return { start: this.#startOfNames(prefix.slice(0, colon + 1)), isExact: colon === prefix.length - 1 }
  }

  #startOfNames(namespace: string): string {
    const known = this.#namespaces.get(namespace)
    if (known !== undefined) return known
    if (this.#namespaces.size >= MAX_NAMESPACES) this.#namespaces.clear()
    const start = `${digest(namespace, 16)}-`
    this.#namespaces.set(namespace, start)
    return start
  }

  /** Returns a unique path for a file that will be moved. */
  temporaryPath(): string {
    this.#written += 1
    return join(this.temporary, `${process.pid}-${this.#self}-${this.#written}`)
  }

  /**
   * Makes sure that a shard is a folder or missing, never a link. Only this user can write here, so
   * that checking once a second is enough.
   */
  async verify(shard: string): Promise<void> {
    const now = performance.now()
    if (now - (this.#trusted.get(shard) ?? Number.NEGATIVE_INFINITY) < TRUST_MS) return
    try {
      if (!(await lstat(shard)).isDirectory()) await unlink(shard)
    } catch (error) {
      if (!isAbsence(error)) throw error
    }
    this.#trusted.set(shard, now)
  }

  /** Makes a shard and the other folders that are missing. */
  async restore(shard: string): Promise<void> {
    for (const folder of [this.temporary, this.locks, shard]) {
      const made = await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
      // The umask may be odd.
      if (made !== undefined) await chmod(folder, FOLDER_MODE)
    }
  }

  /** Lists the shards. */
  async shards(): Promise<string[]> {
    const names = (await namesIn(this.root)).filter((name) => SHARD.test(name))
    return names.map((name) => join(this.root, name))
  }

  /** Lists the names of a shard's entries. */
  async entries(shard: string): Promise<string[]> {
    await this.verify(shard)
    return (await namesIn(shard)).filter((name) => ENTRY.test(name))
  }

  /**
   * Checks that the folder can still be used.
   *
   * @throws Error with the reason
   */
  async check(): Promise<void> {
    let fault: string | undefined
    try {
      fault = faultOf(await fs.promises.stat(this.root))
    } catch (error) {
      // A missing folder is made by the first write.
      if (!isAbsence(error)) fault = reasonOf(error)
    }
    if (fault !== undefined) throw new Error(refusal(this.root, fault))
  }
}

/** Returns the first hexadecimal digits of a text's SHA-256. */
function digest(text: string, digits: number): string {
  // UTF-8 has no bytes for lone surrogates: all would become one key.
  const bytes = /\p{Surrogate}/u.test(text) ? Buffer.from(text, 'utf16le') : text
  return hash('sha256', bytes).slice(0, digits)
}

/** Lists a folder; empty when it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isAbsence(error)) return []
    throw error
  }
}

function refusal(directory: string, fault: string): string {
  return `fileStore(): the directory '${directory}' can't be used: ${fault}`
}

/**
 * Returns the reason why a folder must not hold entries.
 *
 * @returns undefined: it may
 */
function faultOf(stats: fs.Stats): string | undefined {
  if (!stats.isDirectory()) return 'it is not a directory'
  const user = process.geteuid?.()
  if (user === undefined) return undefined
  if (stats.uid !== user) return `it belongs to user ${stats.uid}, and this process runs as user ${user}`
  if ((stats.mode & 0o022) === 0) return undefined
  const mode = (stats.mode & 0o7777).toString(8)
  return `others can write to it (mode ${mode}), and so decide what visitors see: chmod 700 it`
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it, or something on the way to it, is not a directory',
  ENOTDIR: 'something on the way to it is not a directory',
  EACCES: 'this process may not write to it',
  EPERM: 'this process may not write to it',
  EROFS: 'its file system is read-only',
  ENOSPC: 'its file system is full',
  EDQUOT: 'the disk quota is used up',
  ELOOP: 'there are too many symbolic links on the way to it',
  ENAMETOOLONG: 'its name is too long',
}

/** Describes a system error for the operator. */
export function reasonOf(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? (error instanceof Error ? error.message : String(error))
}

/** Makes a folder within the store's; refuses a link. */
function makeOwn(folder: string): void {
  if (fs.mkdirSync(folder, { recursive: true, mode: FOLDER_MODE }) !== undefined)
    fs.chmodSync(folder, FOLDER_MODE)
  if (!fs.lstatSync(folder).isDirectory()) throw new SettingsError(refusal(folder, 'it is not a directory'))
}

/** Writes and removes a file; returns whether files need chmod because of the umask. */
function tryToWrite(path: string): boolean {
  const fd = fs.openSync(path, 'wx', FILE_MODE)
  try {
    fs.writeSync(fd, 'sitecache')
    return (fs.fstatSync(fd).mode & FILE_MODE) !== FILE_MODE
  } finally {
    fs.closeSync(fd)
    fs.unlinkSync(path)
  }
}
