import * as fs from 'node:fs'
import type { Entry } from '@sitecache/core'
import { codeOf, fill, fstat, isAbsence, open, openFiles, READ_FLAGS, read } from './disk.js'
import { HEADER_BYTES, type Header, readHeader, sizeOf, unpackEntry } from './entry-file.js'

/** What is at the place of an entry: nothing, something that can't be one, or what was found. */
export type Finding<T> = 'absent' | 'bad' | T

/** What the system says of a file that is not ours: a link, a folder, a pipe, a socket, one that we may not read. */
const FOREIGN: readonly (string | undefined)[] = [
  'ELOOP',
  'EMLINK',
  'EISDIR',
  'ESPIPE',
  'EAGAIN',
  'ENXIO',
  'EACCES',
  'EPERM',
]

/** Bytes that are read before it is known how many there are: most pages fit, and need no second call. */
const FIRST_BYTES = 64 * 1024

/** Bytes that hold the header and most keys. */
const START_BYTES = 512

/** Longest key that is read where no key is looked for: what a file claims must not decide over our memory. */
const MAX_KEY_BYTES = 2 ** 20

/** Buffers to read into, as many as were ever needed at once: a new one for each read would be the collector's work. */
const scratch: Buffer[] = []

/**
 * The entry in a file.
 *
 * @param maxValueBytes more is not read: the size of a file that somebody put there must not decide over our memory.
 */
export function readEntry(path: string, key: string, maxValueBytes: number): Promise<Finding<Entry>> {
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

/** The file of which this is the start: in bytes of its own, so many if it is what it says. */
async function readRest(fd: number, start: Buffer, size: number): Promise<Buffer> {
  if (size === start.length && size < FIRST_BYTES) return copy(start, size)
  // One byte more than there should be shows whether there is.
  const file = copy(start, size + 1)
  return file.subarray(0, await fill(fd, file, start.length))
}

/** Bytes of our own, in a buffer of this length. */
function copy(bytes: Buffer, length: number): Buffer {
  const own = Buffer.allocUnsafeSlow(length)
  bytes.copy(own)
  return own
}

/** What a file says of itself. */
export interface FileStart extends Header {
  readonly key: Buffer
}

/** As it stands at the start of a file, whether that is whole or not. */
export function readStart(path: string): Promise<Finding<FileStart>> {
  return whileOpen(path, startOf)
}

/** As `readStart`, of a file of the right size: whether its value is what was written shows only when it is read. */
export function peekEntry(path: string): Promise<Finding<FileStart>> {
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

/** Opens a file; what can't be one of ours is bad. */
function whileOpen<T>(path: string, use: (fd: number) => Promise<Finding<T>>): Promise<Finding<T>> {
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
      // Nothing depends on it, and it need not be waited for.
      if (fd !== undefined) fs.close(fd, () => {})
    }
  })
}
