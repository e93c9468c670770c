import * as fs from 'node:fs'
import type { Entry } from '@sitecache/core/store'
import { fill, fstat, open, openFiles, READ_FLAGS, read } from './disk.js'
import { HEADER_BYTES, type Header, readHeader, sizeOf, unpackEntry } from './entry-file.js'
import { codeOf, isAbsence } from './error-code.js'

/** Result of reading an entry's file: no file, a file that is not an entry, or the contents. */
export type EntryFinding<T> = 'absent' | 'bad' | T

/**
 * System errors of a path that is not an entry: a link, folder, pipe or socket, a file of another
 * user, or one that another process keeps to itself (EBUSY, on Windows).
 */
const FOREIGN: readonly (string | undefined)[] = [
  'ELOOP',
  'EMLINK',
  'EISDIR',
  'ESPIPE',
  'EAGAIN',
  'EBUSY',
  'ENXIO',
  'EACCES',
  'EPERM',
]

/** Bytes of the first read: most pages fit and need no second one. */
const FIRST_BYTES = 64 * 1024

/** Bytes that hold the header and most keys. */
const START_BYTES = 512

/** Longest key that is read from a file: a forged length must not decide over memory. */
const MAX_KEY_BYTES = 2 ** 20

/** Pool of read buffers: a new one per read would be work for the collector. */
const scratch: Buffer[] = []

/**
 * Reads the entry in a file.
 *
 * @param maxValueBytes larger values are not read: a forged size must not decide over memory
 */
export function readEntry(path: string, key: string, maxValueBytes: number): Promise<EntryFinding<Entry>> {
  return whileOpen(path, async (fd) => {
    const first = scratch.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES)
    try {
      const { bytesRead } = await read(fd, first, 0, FIRST_BYTES, 0)
      const start = first.subarray(0, bytesRead)
      const header = readHeader(start)
      if (header === undefined || header.valueBytes > maxValueBytes) return 'bad'
      if (header.keyBytes !== Buffer.byteLength(key) || sizeOf(header) < bytesRead) return 'bad'
      const file = await readRest(fd, start, sizeOf(header))
      return unpackEntry(file, key) ?? 'bad'
    } finally {
      scratch.push(first)
    }
  })
}

/** Reads the rest of a file into a buffer of its own. */
async function readRest(fd: number, start: Buffer, size: number): Promise<Buffer> {
  if (size === start.length && size < FIRST_BYTES) return copy(start, size)
  // One byte more than the expected size shows a longer file.
  const file = copy(start, size + 1)
  return file.subarray(0, await fill(fd, file, start.length))
}

/** Copies bytes into a new buffer of this length. */
function copy(bytes: Buffer, length: number): Buffer {
  const own = Buffer.allocUnsafeSlow(length)
  bytes.copy(own)
  return own
}

/** Header and key of a file. */
export interface FileStart extends Header {
  readonly key: Buffer
}

/** Reads the header and key at the start of a file, without checking the rest. */
export function readStart(path: string): Promise<EntryFinding<FileStart>> {
  return whileOpen(path, startOf)
}

/** As `readStart`, and checks the file's size; the value's checksum shows only when it is read. */
export function peekEntry(path: string): Promise<EntryFinding<FileStart>> {
  return whileOpen(path, async (fd) => {
    const [{ size }, start] = await Promise.all([fstat(fd), startOf(fd)])
    return start !== 'bad' && sizeOf(start) === size ? start : 'bad'
  })
}

async function startOf(fd: number): Promise<FileStart | 'bad'> {
  const first = Buffer.allocUnsafe(START_BYTES)
  const { bytesRead } = await read(fd, first, 0, START_BYTES, 0)
  const header = readHeader(first.subarray(0, bytesRead))
  if (header === undefined || header.keyBytes > MAX_KEY_BYTES) return 'bad'
  const end = HEADER_BYTES + header.keyBytes
  if (end <= bytesRead) return { ...header, key: first.subarray(HEADER_BYTES, end) }
  const more = Buffer.allocUnsafe(end)
  if ((await fill(fd, more)) < end) return 'bad'
  return { ...header, key: more.subarray(HEADER_BYTES) }
}

/** Opens a file and runs a function on it; foreign files are bad. */
function whileOpen<T>(path: string, use: (fd: number) => Promise<EntryFinding<T>>): Promise<EntryFinding<T>> {
  return openFiles(async () => {
    let fd: number | undefined
    try {
      fd = await open(path, READ_FLAGS)
      return await use(fd)
    } catch (error) {
      if (isAbsence(error)) return 'absent'
      if (FOREIGN.includes(codeOf(error))) return 'bad'
      throw error
    } finally {
      // Nothing waits for the close.
      if (fd !== undefined) fs.close(fd, () => {})
    }
  })
}
