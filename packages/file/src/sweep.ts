import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { EvictListener } from '@sitecache/core/store'
import { removeFile } from './disk.js'
import { isAbsence } from './error-code.js'
import { type Folder, namesIn } from './folder.js'
import { peekEntry, readStart } from './read-entry.js'

/** An entry that may be dropped. */
export interface Candidate {
  readonly path: string
  /** Milliseconds since the epoch, from the file's modification time: a hint. */
  readonly expires: number
}

/** Age in milliseconds after which an unfinished file is left over from a dead process. */
const LEFTOVER_MS = 10 * 60_000

/** As `LEFTOVER_MS`, for locks, which are held for milliseconds. */
const LEFTOVER_LOCK_MS = 10_000

/** About the number of entries that one sweep looks at. */
const SWEEP_ENTRIES = 500

/** Milliseconds between two sweeps. */
const SWEEP_EVERY_MS = 1000

/**
 * Yields all entries, shard by shard, at least this many at a time: never the whole folder in
 * memory.
 */
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

/**
 * Removes an entry for room and calls the listeners, unless it has expired; returns whether it was
 * there.
 */
export async function drop(
  folder: Folder,
  path: string,
  listeners: ReadonlySet<EvictListener>,
  now: number,
): Promise<boolean> {
  const found = listeners.size === 0 ? 'absent' : await readStart(path)
  const dropped = await folder.free(path)
  if (dropped && typeof found === 'object' && isLive(found.expires, now)) {
    for (const tell of [...listeners]) tell(found.key.toString())
  }
  return dropped
}

/**
 * Removes an entry that has expired; returns whether it was there. The modification time is cheap
 * and looked at first, but the header decides: a backup or the file system may have changed the
 * time.
 */
export async function dropExpired(
  folder: Folder,
  { path, expires }: Candidate,
  now: number,
): Promise<boolean> {
  if (expires > now) return false
  const found = await peekEntry(path)
  if (typeof found === 'object' && isLive(found.expires, now)) return false
  return folder.free(path)
}

/** Returns whether an entry with this expiry is live. */
export function isLive(expires: number | null, now: number): boolean {
  return expires === null || expires > now
}

/** Removes expired entries and leftovers of killed processes, a part at a time. */
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

  /** Continues the sweep when it is due. Called by operations, so that no timer is needed. */
  sweepIfDue(): void {
    if (this.#sweeping !== undefined || performance.now() < this.#next) return
    this.#sweeping = this.#sweep()
      // A failed sweep is retried later; no operation depends on it.
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
    for (const candidate of batch) {
      // One that can't be removed keeps nobody from the next.
      if (await dropExpired(this.#folder, candidate, now).catch(() => false)) this.#removed()
    }
  }

  /** Compares the change time: the modification time of a file being written is its expiry. */
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
