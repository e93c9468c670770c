import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { EvictListener } from '@sitecache/core'
import { isAbsence, removeFile } from './disk.js'
import { type Folder, namesIn } from './folder.js'
import { peekEntry, readStart } from './read-entry.js'

/** An entry that might be dropped. */
export interface Candidate {
  readonly path: string
  /** Milliseconds since the epoch, as the file's time of modification hints. */
  readonly expires: number
}

/** Milliseconds after which nobody is writing a file any more that was begun. */
const LEFTOVER_MS = 10 * 60_000

/** As `LEFTOVER_MS`, for locks: those are held for milliseconds. */
const LEFTOVER_LOCK_MS = 10_000

/** Entries that one sweep looks at, about. */
const SWEEP_ENTRIES = 500

/** Milliseconds between two sweeps. */
const SWEEP_EVERY_MS = 1000

/** All entries, shard by shard, so many at a time at the least: never the whole folder in memory. */
export async function* candidates(folder: Folder, least: number): AsyncGenerator<Candidate[]> {
  let batch: Candidate[] = []
  for (const shard of await folder.shards()) {
    for (const name of await folder.entries(shard)) {
      const path = join(shard, name)
      const expires = await timeOf(path, 'mtimeMs')
      if (expires !== undefined) batch.push({ path, expires })
    }
    if (batch.length < least) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Removes an entry for room, and tells who wants to know its key, unless it has expired; whether it was there. */
export async function drop(
  path: string,
  listeners: ReadonlySet<EvictListener>,
  now: number,
): Promise<boolean> {
  const found = listeners.size === 0 ? 'absent' : await readStart(path)
  const dropped = await removeFile(path)
  if (dropped && typeof found === 'object' && isLive(found.expires, now)) {
    for (const tell of [...listeners]) tell(found.key.toString())
  }
  return dropped
}

/**
 * Removes an entry that has expired; whether it was there. Its time of modification is asked first, as that costs least,
 * but the file decides: a backup, or a file system without times, may have given it another.
 */
export async function dropExpired({ path, expires }: Candidate, now: number): Promise<boolean> {
  if (expires > now) return false
  const found = await peekEntry(path)
  if (typeof found === 'object' && isLive(found.expires, now)) return false
  return removeFile(path)
}

/** Whether an entry with this expiry is still there. */
export function isLive(expires: number | null, now: number): boolean {
  return expires === null || expires > now
}

/** Removes what nobody asks for any more: expired entries, and what killed processes left behind. A part at a time. */
export class Sweeper {
  readonly #folder: Folder
  readonly #now: () => number
  readonly #removed: () => void
  #rest: AsyncGenerator<Candidate[]> | undefined
  #next = 0
  #sweeping: Promise<void> | undefined

  constructor(folder: Folder, now: () => number, removed: () => void) {
    this.#folder = folder
    this.#now = now
    this.#removed = removed
  }

  /** Goes on where it stopped, when it is time to. Needs no timer: a folder that nobody uses need not be swept. */
  sweepIfDue(): void {
    if (this.#sweeping !== undefined || performance.now() < this.#next) return
    this.#sweeping = this.#sweep()
      // What can't be swept now stays for another time, and no operation depends on it.
      .catch(() => {
        this.#rest = undefined
      })
      .finally(() => {
        this.#next = performance.now() + SWEEP_EVERY_MS
        this.#sweeping = undefined
      })
  }

  async settled(): Promise<void> {
    await this.#sweeping
  }

  async #sweep(): Promise<void> {
    this.#rest ??= candidates(this.#folder, SWEEP_ENTRIES)
    const { value: batch, done } = await this.#rest.next()
    if (done === true) {
      this.#rest = undefined
      await this.#sweepLeftovers(this.#folder.temporary, LEFTOVER_MS)
      await this.#sweepLeftovers(this.#folder.locks, LEFTOVER_LOCK_MS)
      return
    }
    const now = this.#now()
    for (const candidate of batch) if (await dropExpired(candidate, now)) this.#removed()
  }

  /** By the time of the last change of any kind: a file being written has its expiry as time of modification. */
  async #sweepLeftovers(folder: string, age: number): Promise<void> {
    for (const name of await namesIn(folder)) {
      const path = join(folder, name)
      const changed = await timeOf(path, 'ctimeMs')
      if (changed !== undefined && this.#now() - changed > age) await removeFile(path).catch(() => false)
    }
  }
}

async function timeOf(path: string, which: 'mtimeMs' | 'ctimeMs'): Promise<number | undefined> {
  try {
    return (await lstat(path))[which]
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}
