import { lstat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StoreError } from '@sitecache/core/store'
import { FILE_MODE, removeFile } from './disk.js'
import { codeOf, isAbsence } from './error-code.js'
import type { EntryLocation, Folder } from './folder.js'
import { isHeld } from './held.js'

/**
 * Age in milliseconds at which a lock's holder counts as dead; it normally holds a lock for a few.
 */
export const STALE_MS = 1000

/** Longest wait for a lock, in milliseconds: a dead holder's, then those of other waiters. */
const LONGEST_WAIT_MS = 3 * STALE_MS

/**
 * One lock per key, which other processes respect: a file that only one can create.
 *
 * The stale lock of a killed process is broken by the process that creates the file named after
 * that very lock: otherwise a second process would break the lock that the first just took. (The
 * published proper-lockfile does so, hence this.) A holder that was paused longer wakes up without
 * its lock, so holders check what they read again before they replace it.
 */
export class KeyLocks {
  readonly #folder: Folder

  constructor(folder: Folder) {
    this.#folder = folder
  }

  /**
   * Runs a function while holding a key's lock.
   *
   * @throws StoreError when others hold it too long
   */
  async with<T>(location: EntryLocation, run: () => Promise<T>): Promise<T> {
    const path = join(this.#folder.locks, location.name)
    const deadline = performance.now() + LONGEST_WAIT_MS
    while (!(await this.#take(location, path))) {
      if (performance.now() > deadline) {
        throw new StoreError(`other processes held the lock of a file for over ${LONGEST_WAIT_MS} ms`)
      }
      // Random, so that waiters don't retry in step.
      await delay(1 + Math.random() * 5)
    }
    return this.#hold(path, run)
  }

  /** As `with`, but skips the function when the lock is held. */
  async ifFree(location: EntryLocation, run: () => Promise<void>): Promise<void> {
    const path = join(this.#folder.locks, location.name)
    if (await this.#take(location, path)) await this.#hold(path, run)
  }

  async #hold<T>(path: string, run: () => Promise<T>): Promise<T> {
    const since = performance.now()
    try {
      return await run()
    } finally {
      // By then another process may have broken and taken it: it is left to expire.
      if (performance.now() - since < STALE_MS / 2) await removeFile(path).catch(() => false)
    }
  }

  async #take(location: EntryLocation, path: string): Promise<boolean> {
    try {
      await make(path)
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') {
        await breakStale(path)
        return false
      }
      // Windows: its holder has just removed it, and another process still has it open.
      if (isHeld(error)) return false
      if (!isAbsence(error)) throw error
    }
    await this.#folder.restore(location.shard)
    return false
  }
}

function make(path: string): Promise<void> {
  return writeFile(path, '', { flag: 'wx', mode: FILE_MODE })
}

async function breakStale(path: string): Promise<void> {
  const lock = await identify(path)
  if (lock === undefined || Math.abs(Date.now() - lock.since) < STALE_MS) return
  const claim = `${path}.${lock.identity}`
  try {
    await make(claim)
  } catch (error) {
    if (isHeld(error)) return
    if (codeOf(error) !== 'EEXIST') throw error
    // The process that made the claim was killed too.
    return breakStale(claim)
  }
  try {
    if ((await identify(path))?.identity === lock.identity) await removeFile(path)
  } finally {
    await removeFile(claim).catch(() => false)
  }
}

/**
 * Identifies a lock by inode and change time.
 *
 * @returns undefined: it is gone
 */
async function identify(path: string): Promise<{ identity: string; since: number } | undefined> {
  try {
    const { ino, ctimeNs } = await lstat(path, { bigint: true })
    return { identity: `${ino}-${ctimeNs}`, since: Number(ctimeNs / 1_000_000n) }
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
