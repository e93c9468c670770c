import { hash, randomBytes } from 'node:crypto'
import { chmod, lstat, readdir, stat, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { StoreError, warn } from '@sitecache/core/store'
import { FOLDER_MODE } from './disk.js'
import { isAbsence } from './error-code.js'
import { makeFolder } from './make-folder.js'
import {
  type FolderState,
  faultOf,
  LOCKS,
  prepareAgain,
  prepareFolder,
  reasonOf,
  refusal,
  TEMPORARY,
} from './prepare-folder.js'
import { freePlace } from './remove-any.js'

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
  readonly #trusted = new Map<string, number>()
  readonly #namespaces = new Map<string, string>()
  #state: FolderState
  #tryAgainAt = 0
  #written = 0
  readonly #self = randomBytes(6).toString('hex')

  /**
   * Prepares the folder. One that can't be written now is tried again by operations, and a warning.
   *
   * @throws SettingsError for a folder that must not be used, with the reason
   */
  constructor(directory: string) {
    const given = resolve(directory)
    this.#state = prepareFolder(given)
    if (this.#state.fault !== undefined) this.#warn(this.#state.fault)
  }

  /** The real path, without links. */
  get root(): string {
    return this.#state.root
  }

  /** True when files need chmod, since the umask takes the owner's rights. */
  get chmod(): boolean {
    return this.#state.chmod
  }

  get temporary(): string {
    return join(this.root, TEMPORARY)
  }

  get locks(): string {
    return join(this.root, LOCKS)
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

  /** Frees the place of an entry, whatever stands there; returns whether anything did. */
  free(path: string): Promise<boolean> {
    return freePlace(path, () => this.temporaryPath())
  }

  /**
   * Makes sure that a shard is a folder or missing, never a link. Only this user can write here, so
   * that checking once a second is enough.
   */
  async verify(shard: string): Promise<void> {
    this.#ensureReady()
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
      // The umask may be odd.
      if (makeFolder(folder)) await chmod(folder, FOLDER_MODE)
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
    this.#ensureReady(0)
    let fault: string | undefined
    try {
      fault = faultOf(await stat(this.root))
    } catch (error) {
      // A missing folder is made by the first write.
      if (!isAbsence(error)) fault = reasonOf(error)
    }
    if (fault !== undefined) throw new Error(refusal(this.root, fault))
  }

  /**
   * Prepares a folder again that could not be written, once a second.
   *
   * @throws StoreError with the reason while it can't
   */
  #ensureReady(rest = TRUST_MS): void {
    if (this.#state.fault === undefined) return
    const now = performance.now()
    if (now >= this.#tryAgainAt || rest === 0) {
      this.#tryAgainAt = now + rest
      this.#state = prepareAgain(this.#state.root)
    }
    if (this.#state.fault !== undefined) throw new StoreError(this.#state.fault)
  }

  #warn(fault: string): void {
    warn('SITECACHE_FILE', `${fault}; until it can be, everything is a miss`)
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
