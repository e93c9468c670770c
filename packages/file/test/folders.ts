import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import type { Store } from '@sitecache/core'
import { type FileStoreOptions, fileStore } from '@sitecache/file'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'

const made: string[] = []

/** A folder that is gone after the tests of the file. */
export async function freshFolder(): Promise<string> {
  const folder = await temporaryFolder('file')
  made.push(folder)
  return folder
}

afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))))

/** A store that is given time: on a busy machine an operation may take longer than a request should wait. */
export function patientStore(folder: string, options: FileStoreOptions = {}): Store {
  return fileStore(folder, { timeoutMs: 20_000, ...options })
}

/** The paths of the entries in a store's folder. */
export async function entryFiles(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true })
  return all
    .filter((path) => /^[0-9a-f]{2}\/[0-9a-f]{16}-[0-9a-f]{46}$/.test(path))
    .map((path) => join(folder, path))
}

/** The only entry of a folder. */
export async function onlyEntry(folder: string): Promise<string> {
  const [path, ...others] = await entryFiles(folder)
  if (path === undefined || others.length > 0) throw new Error('there is not one entry')
  return path
}

/** Waits until something is so. */
export async function eventually(holds: () => Promise<boolean>, milliseconds = 15_000): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still not so after ${milliseconds} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const NOBODY = 65_534

/** Runs something as a user whom modes bind: root may read and write everywhere. */
export async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  const user = process.geteuid?.()
  if (user !== 0) return run()
  process.seteuid?.(NOBODY)
  try {
    return await run()
  } finally {
    process.seteuid?.(user)
  }
}
