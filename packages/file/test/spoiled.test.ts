import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import fc from 'fast-check'
import { asNobody, entryFiles, freshFolder, onlyEntry, patientStore } from './folders.js'

const value = Buffer.from('the value of the entry')

async function setUp(options: object = {}) {
  const folder = await freshFolder()
  const store = patientStore(folder, options)
  await store.set('k', value, null)
  const path = await onlyEntry(folder)
  return { folder, store, path, bytes: await readFile(path) }
}

type Spoil = (path: string, bytes: Buffer) => Promise<unknown>

const spoilt: [string, Spoil][] = [
  ['is empty', (path) => writeFile(path, '')],
  ['is cut off in its header', (path) => truncate(path, 10)],
  ['is cut off in its value', (path, bytes) => truncate(path, bytes.length - 1)],
  ['is longer than it says', (path, bytes) => writeFile(path, Buffer.concat([bytes, Buffer.from('x')]))],
  ['is foreign', (path) => writeFile(path, 'module.exports = process.exit(1)')],
  [
    'is of a later version',
    (path, bytes) => writeFile(path, Buffer.concat([Buffer.from('SCF2'), bytes.subarray(4)])),
  ],
  [
    'says that it has 4 GiB',
    (path, bytes) => {
      bytes.writeUInt32BE(0xffff_ffff, 20)
      return writeFile(path, bytes)
    },
  ],
  ['has 1 GiB of nothing', (path) => truncate(path, 2 ** 30)],
  ['is an empty folder', (path) => rm(path).then(() => mkdir(path))],
  ['is a pipe', (path) => rm(path).then(() => promisify(execFile)('mkfifo', [path]))],
  [
    'is a socket',
    async (path) => {
      await rm(path)
      // A socket's path may have some 100 bytes only.
      const short = join(tmpdir(), `s${process.pid}`)
      const server = createServer().listen(short)
      await once(server, 'listening')
      server.unref()
      await rename(short, path)
    },
  ],
]

describe('a file in the place of an entry that', () => {
  it.each(spoilt)('%s is a miss for every method, and removed', async (_what, spoil) => {
    const { folder, store, path, bytes } = await setUp()
    await spoil(path, Buffer.from(bytes))
    expect(await store.get('k')).toBeUndefined()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    await store.set('k', value, null)
    await spoil(path, Buffer.from(bytes))
    expect(await store.add('k', Buffer.from('added'), null)).toBe(true)
    expect((await store.get('k'))?.value).toEqual(Buffer.from('added'))
    await spoil(path, Buffer.from(bytes))
    expect(await store.incr('k', 1)).toBeUndefined()
    expect(await store.touch('k', null)).toBe(false)
    await store.set('k', value, null)
    expect((await store.get('k'))?.value).toEqual(value)
    expect(await entryFiles(folder)).toEqual([path])
  })

  it('was changed in any bit is a miss', async () => {
    const { store, path, bytes } = await setUp()
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const spoiled = Buffer.from(bytes)
        spoiled.writeUInt8(spoiled.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        await writeFile(path, spoiled)
        expect(await store.get('k')).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  it('is that of another key is a miss: nobody can make one page answer for another', async () => {
    const { folder, store, path } = await setUp()
    await store.set('o', Buffer.from('secret'), null)
    const other = (await entryFiles(folder)).find((file) => file !== path) ?? ''
    await writeFile(path, await readFile(other))
    expect(await store.has('k')).toBe(false)
    expect(await store.get('k')).toBeUndefined()
    expect((await store.get('o'))?.value).toEqual(Buffer.from('secret'))
  })

  it('may not be read is a miss, and removed', async () => {
    const folder = await freshFolder()
    if (process.geteuid?.() === 0) await chown(folder, 65_534, 65_534)
    await asNobody(async () => {
      const store = patientStore(folder)
      await store.set('k', value, null)
      await chmod(await onlyEntry(folder), 0)
      expect(await store.get('k')).toBeUndefined()
      expect(await entryFiles(folder)).toEqual([])
    })
  })

  it('has a value over maxValueBytes is a miss, though it was written when more was allowed', async () => {
    const { folder, store, path } = await setUp()
    await store.set('k', Buffer.alloc(200_000, 1), null)
    const small = patientStore(folder, { maxValueBytes: 100_000 })
    expect(await small.get('k')).toBeUndefined()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a folder with files in the place of an entry', () => {
  const setUpFolder = async (options: object = {}) => {
    const made = await setUp(options)
    await rm(made.path)
    await mkdir(made.path)
    await writeFile(join(made.path, 'file'), 'somebody’s')
    return made
  }

  it('keeps clear() from no other entry, and its place is free afterwards', async () => {
    const { folder, store } = await setUpFolder()
    for (let i = 0; i < 20; i += 1) await store.set(`k${i}`, value, null)
    await store.clear('k')
    expect(await entryFiles(folder)).toHaveLength(1)
    await store.clear('')
    await store.clear('')
    expect(await store.get('k')).toBeUndefined()
    await store.set('k', value, null)
    expect((await store.get('k'))?.value).toEqual(value)
  })

  it('keeps clear() of a whole cache from nothing', async () => {
    const folder = await freshFolder()
    const cache = createCaches({ default: { store: patientStore(folder), keyPrefix: 'p' } }).get('default')
    await cache.set('k', 1)
    const path = await onlyEntry(folder)
    await rm(path)
    await mkdir(join(path, 'folder'), { recursive: true })
    await cache.set('other', 1)
    await cache.clear()
    await cache.clear()
    expect(await entryFiles(folder)).toEqual([])
    expect(await cache.get('other')).toBeUndefined()
  })

  it('is no obstacle to a set, a delete and a cull', async () => {
    const { store } = await setUpFolder({ maxEntries: 2 })
    await store.set('k', value, null)
    expect((await store.get('k'))?.value).toEqual(value)
    const { store: full, folder } = await setUpFolder({ maxEntries: 2 })
    for (const key of ['a', 'b', 'c', 'd']) await full.set(key, value, null)
    expect((await full.get('d'))?.value).toEqual(value)
    expect((await entryFiles(folder)).length).toBeLessThanOrEqual(2)
    const { store: other, path } = await setUpFolder()
    expect(await other.delete('k')).toBe(false)
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('a value over maxValueBytes', () => {
  it('is skipped and counted, and leaves no old value behind', async () => {
    const store = patientStore(await freshFolder(), { maxValueBytes: 1000 })
    const cache = createCaches({ default: { store } }).get('default')
    await cache.set('k', 'old')
    await cache.set('k', 'x'.repeat(2000))
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.stats()).toMatchObject({ skips: { 'too-large': 1 }, errors: 0 })
  })
})

describe('values of every size', () => {
  it('come back the same', async () => {
    const { store } = await setUp()
    for (const size of [0, 1, 65_507, 65_508, 65_509, 65_510, 65_511, 65_512, 65_513, 200_000, 3 * 2 ** 20]) {
      const bytes = Buffer.from(Array.from({ length: Math.min(size, 997) }, (_, i) => i % 256))
      const large = Buffer.alloc(size, bytes.length === 0 ? 0 : bytes)
      await store.set('k', large, null)
      expect(large.equals((await store.get('k'))?.value as Buffer)).toBe(true)
    }
  })
})
