import { lstat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { StoreError } from '@sitecache/core'
import { codeOf, FILE_MODE, isAbsence, removeFile } from './disk.js'
import type { EntryLocation, Folder } from './folder.js'

/** Milliseconds after which the holder of a lock must be dead: it holds one for a few. */
export const STALE_MS = 1000

/** Longest wait for a lock, in milliseconds: that of a dead holder, and then those who waited too. */
const LONGEST_WAIT_MS = 3 * STALE_MS

/**
 * One lock for each key, which other processes respect: a file that only one can make.
 *
 * One of a process that was killed is broken when it is stale. Only one process breaks it, the one that makes the
 * file named after that very lock: otherwise the second to come would break the lock that the first just took. (The
 * published proper-lockfile does so, hence this.) A holder that was paused for longer wakes up without its lock: those who
 * hold one look again at what they read before they replace it.
 */
export class KeyLocks {
  readonly #folder: Folder

  constructor(folder: Folder) {
    this.#folder = folder
  }

  /**
   * Runs something while holding a key's lock.
   *
   * @throws StoreError when others hold it for too long.
   */
  async with<T>(location: EntryLocation, run: () => Promise<T>): Promise<T> {
    const path = join(this.#folder.locks, location.name)
    const deadline = performance.now() + LONGEST_WAIT_MS
    while (!(await this.#take(location, path))) {
      if (performance.now() > deadline) {
        throw new StoreError(`other processes held the lock of a file for over ${LONGEST_WAIT_MS} ms`)
      }
      // Random, so that those who wait do not all try at the same moments.
      await delay(1 + Math.random() * 5)
    }
    return this.#hold(path, run)
  }

  /** As `with`, but only when nobody holds it: for what can be left to the next one. */
  async ifFree(location: EntryLocation, run: () => Promise<void>): Promise<void> {
    const path = join(this.#folder.locks, location.name)
    if (await this.#take(location, path)) await this.#hold(path, run)
  }

  async #hold<T>(path: string, run: () => Promise<T>): Promise<T> {
    const since = performance.now()
    try {
      return await run()
    } finally {
      // After that long it may have been broken, and be another's by now: it is left to be broken, or swept away.
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
    if (codeOf(error) !== 'EEXIST') throw error
    // Whoever made it was killed in its turn.
    return breakStale(claim)
  }
  try {
    if ((await identify(path))?.identity === lock.identity) await removeFile(path)
  } finally {
    await removeFile(claim).catch(() => false)
  }
}

/** A lock's number and time of birth: no other ever has the same. Undefined: it is gone. */
async function identify(path: string): Promise<{ identity: string; since: number } | undefined> {
  try {
    const { ino, ctimeNs } = await lstat(path, { bigint: true })
    return { identity: `${ino}-${ctimeNs}`, since: Number(ctimeNs / 1_000_000n) }
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
