import * as fs from 'node:fs'
import { promisify } from 'node:util'
import pLimit from 'p-limit'

// File handles of fs/promises cost a hit a third more than bare descriptors do.
export const open = promisify(fs.open)
export const read = promisify(fs.read)
export const close = promisify(fs.close)
export const fstat = promisify(fs.fstat)
const writeTo = promisify(fs.write)
const fsync = promisify(fs.fsync)
const fchmod = promisify(fs.fchmod)
const futimes = promisify(fs.futimes)

/**
 * Files that the process has open for the cache at once: a thousand requests at once must not use up its descriptors. More
 * would not be faster: Node has four threads for files.
 */
export const openFiles = pLimit(64)

/** Only the owner reads and writes. */
export const FILE_MODE = 0o600
export const FOLDER_MODE = 0o700

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants

/** A link leads out of the folder and is not followed; a pipe that somebody put there must not be waited for. */
export const READ_FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK

/** The latest time that every file system keeps, in seconds: 32 bits without a sign. */
const MAX_SECONDS = 0xffff_ffff

/** How a new file is written. */
export interface NewFile {
  /** Milliseconds since the epoch, becomes the file's time of modification; null: as late as can be. */
  readonly expires: number | null
  /** Waits until the disk has it. */
  readonly fsync: boolean
  /** The process's umask takes from the owner what the file needs. */
  readonly chmod: boolean
}

/** Writes a file that is not there yet. What fails leaves none. */
export function writeNew(path: string, bytes: Buffer, how: NewFile): Promise<void> {
  return openFiles(() => write(path, bytes, how))
}

async function write(path: string, bytes: Buffer, how: NewFile): Promise<void> {
  const fd = await open(path, 'wx', FILE_MODE)
  try {
    try {
      if (how.chmod) await fchmod(fd, FILE_MODE)
      // A disk that is nearly full takes a part first, and tells with the next.
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

/** A hint to those who make room, no more: some file systems keep no times. */
async function setExpiry(fd: number, expires: number | null): Promise<void> {
  const seconds = Math.min(expires === null ? MAX_SECONDS : expires / 1000, MAX_SECONDS)
  await futimes(fd, seconds, seconds).catch(() => {})
}

/** Reads a file from the same place on until the buffer is full; answers up to where it is. */
export async function fill(fd: number, buffer: Buffer, from = 0): Promise<number> {
  let length = from
  while (length < buffer.length) {
    const { bytesRead } = await read(fd, buffer, length, buffer.length - length, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return length
}

/** Whether there was one. */
export function removeFile(path: string): Promise<boolean> {
  return presence(fs.promises.unlink(path))
}

/** False instead of an error when what an operation is about is not there. */
export async function presence(operation: Promise<unknown>): Promise<boolean> {
  try {
    await operation
    return true
  } catch (error) {
    if (isAbsence(error)) return false
    throw error
  }
}

/** The code of a system error, of whatever realm; undefined: it has none. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** It, or a folder on the way to it, is not there. */
export function isAbsence(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
