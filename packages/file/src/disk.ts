import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { bulkhead } from 'cockatiel'
import { isAbsence } from './error-code.js'
import { whenFree } from './held.js'

// File handles of fs/promises make a hit a third dearer than bare descriptors.
export const open = promisify(fs.open)
export const read = promisify(fs.read)
export const close = promisify(fs.close)
export const fstat = promisify(fs.fstat)
const writeTo = promisify(fs.write)
const fsync = promisify(fs.fsync)
const fchmod = promisify(fs.fchmod)
const futimes = promisify(fs.futimes)

/**
 * Limits the files that are open for the cache: a thousand requests must not use up the
 * descriptors. More would not be faster, since Node has four threads for files.
 */
export function openFiles<T>(use: () => Promise<T>): Promise<T> {
  return handles.execute(use)
}

const handles = bulkhead(64, Number.POSITIVE_INFINITY)

/** Only the owner reads and writes. */
export const FILE_MODE = 0o600
export const FOLDER_MODE = 0o700

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants

/** Links are not followed, since they lead out of the folder; pipes are not waited for. */
export const READ_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK

/** The latest time that every file system keeps, in seconds: 32 bits without a sign. */
const MAX_SECONDS = 0xffff_ffff

/** Options of a new file. */
export interface NewFile {
  /** Milliseconds since the epoch, written as modification time; null: the latest possible. */
  readonly expires: number | null
  /** Waits until the disk has it. */
  readonly fsync: boolean
  /** The umask takes rights from the owner that the file needs. */
  readonly chmod: boolean
}

/** Creates a file; a failed write leaves none. */
export function writeNew(path: string, bytes: Buffer, how: NewFile): Promise<void> {
  return openFiles(() => write(path, bytes, how))
}

async function write(path: string, bytes: Buffer, how: NewFile): Promise<void> {
  const fd = await open(path, 'wx', FILE_MODE)
  try {
    try {
      if (how.chmod) await fchmod(fd, FILE_MODE)
      // A nearly full disk writes a part first and fails with the next.
      for (let at = 0; at < bytes.length; ) at += (await writeTo(fd, bytes, at)).bytesWritten
      await setExpiry(fd, how.expires)
      if (how.fsync) await fsync(fd)
    } finally {
      await close(fd)
    }
  } catch (error) {
    await removeFile(path).catch(() => {})
    throw error
  }
}

/** Sets the modification time, a hint for culling; some file systems keep no times. */
async function setExpiry(fd: number, expires: number | null): Promise<void> {
  const seconds = Math.min(expires === null ? MAX_SECONDS : expires / 1000, MAX_SECONDS)
  await futimes(fd, seconds, seconds).catch(() => {})
}

/** Reads from a file until the buffer is full; returns the offset reached. */
export async function fill(fd: number, buffer: Buffer, from = 0): Promise<number> {
  let length = from
  while (length < buffer.length) {
    const { bytesRead } = await read(fd, buffer, length, buffer.length - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length
}

/** Removes a file; returns whether there was one. */
export function removeFile(path: string): Promise<boolean> {
  return presence(whenFree(() => fs.promises.unlink(path)))
}

/** Resolves to false instead of rejecting when the file is not there. */
export async function presence(operation: Promise<unknown>): Promise<boolean> {
  try {
    await operation
    return true
  } catch (error) {
    if (isAbsence(error)) return false
    throw error
  }
}
