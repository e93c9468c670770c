import { execFile } from 'node:child_process'
import { chmod, chown, lstat, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from '@jest/globals'
import { SettingsError } from '@sitecache/core'
import { fileStore, storeFromUrl } from '@sitecache/file'
import { testFolder } from '@sitecache/test-support/workspace'
import { entryFiles, freshFolder, onlyEntry, patientStore } from './folders.js'

const value = Buffer.from('value')

describe('the folder of a file store', () => {
  const umask = process.umask()
  afterEach(() => void process.umask(umask))

  it.each([0, 0o077, 0o277])('and all in it is for its user alone, whatever the umask: %o', async (mask) => {
    const folder = join(await freshFolder(), 'made')
    process.umask(mask)
    const store = patientStore(folder)
    await store.set('k', value, null)
    await store.add('n', Buffer.from('1'), null)
    await store.incr('n', 1)
    expect(await store.get('k')).toBeDefined()
    process.umask(umask)
    for (const path of [
      folder,
      ...(await readdir(folder, { recursive: true })).map((name) => join(folder, name)),
    ]) {
      const { mode } = await stat(path)
      expect([relative(folder, path), (mode & 0o777).toString(8)]).toEqual([
        relative(folder, path),
        /-[0-9a-f]{46}$/.test(path) ? '600' : '700',
      ])
    }
  })

  it('is sharded, and its names tell nothing of the keys', async () => {
    const folder = await freshFolder()
    const store = patientStore(folder)
    for (let i = 0; i < 600; i += 1) await store.set(`secret-${i}`, value, null)
    const files = await entryFiles(folder)
    expect(files.length).toBe(600)
    expect(new Set(files.map((path) => relative(folder, path).slice(0, 2))).size).toBeGreaterThan(200)
    expect(files.filter((path) => path.includes('secret'))).toEqual([])
  })

  it('may be given as a URL, with options', async () => {
    const folder = await freshFolder()
    const url = `${pathToFileURL(folder)}/made?max_value_bytes=10&timeout_ms=30000`
    for (const store of [fileStore(url), fileStore(new URL(url), { maxValueBytes: 10 })]) {
      await store.set('k', value, null)
      expect(await patientStore(join(folder, 'made')).get('k')).toEqual({ value, expires: null })
      await expect(store.set('k', Buffer.alloc(11), null)).rejects.toThrow(/maxValueBytes is 10/)
    }
  })

  it('keeps what another store of the folder sees', async () => {
    const folder = await freshFolder()
    await patientStore(folder).set('k', value, null)
    expect(await patientStore(folder).get('k')).toEqual({ value, expires: null })
  })
})

describe('fileStore refuses at creation', () => {
  const refusal = (directory: string): string => {
    try {
      fileStore(directory)
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError)
      return String(error)
    }
    throw new Error('it was not refused')
  }

  it('what is not a directory', async () => {
    const file = join(await freshFolder(), 'file')
    await writeFile(file, '')
    expect(refusal(file)).toMatch(
      /file' can't be used: it, or something on the way to it, is not a directory/,
    )
    expect(refusal(join(file, 'below'))).toMatch(/is not a directory/)
  })

  it('a directory that others can write to, and says what to do', async () => {
    const folder = await freshFolder()
    await chmod(folder, 0o777)
    expect(refusal(folder)).toMatch(/others can write to it \(mode 777\).*chmod 700/)
    await chmod(folder, 0o770)
    expect(refusal(folder)).toMatch(/others can write/)
  })

  it('a directory of another user', async () => {
    const folder = await freshFolder()
    if (process.geteuid?.() === 0) await chown(folder, 1234, 1234)
    expect(refusal(process.geteuid?.() === 0 ? folder : '/usr')).toMatch(
      /it belongs to user \d+, and this process runs as user \d+/,
    )
  })

  it('a directory in which a link leads elsewhere', async () => {
    const folder = await freshFolder()
    await symlink(await freshFolder(), join(folder, 'tmp'))
    expect(refusal(folder)).toMatch(/tmp' can't be used: it is not a directory/)
  })

  it.each(['redis://127.0.0.1', 'file://host/var/cache'])(
    'another URL than that of a folder here: %s',
    (url) => {
      expect(() => fileStore(url)).toThrow(/the URL of a file store must be of this machine/)
    },
  )

  it.each([[''], ['a\0b'], [7]])('what is no path: %p', (path) => {
    expect(() => fileStore(path as string)).toThrow(/fileStore\(\)'s directory must be a path such as/)
  })

  it.each([
    [{ maxEntrys: 1 }, /maxEntrys is not an option\. Did you mean maxEntries\?/],
    [{ cullFrequency: -1 }, /cullFrequency must be a whole number of at least 0; got -1/],
    [{ fsync: 'yes' }, /fsync must be true or false/],
    [{ timeoutMs: 0 }, /timeoutMs must be a whole number of at least 1/],
  ])('the options %j', async (options, message) => {
    const folder = await freshFolder()
    expect(() => fileStore(folder, options as object)).toThrow(message)
  })
})

describe('links in the folder', () => {
  it('are not followed, and removed', async () => {
    const folder = await freshFolder()
    const outside = await freshFolder()
    const store = patientStore(folder)
    await store.set('k', value, null)
    const path = await onlyEntry(folder)
    const elsewhere = join(outside, 'entry')
    await writeFile(elsewhere, await readFile(path))
    await patientStore(folder).delete('k')
    await symlink(elsewhere, path)
    expect(await store.get('k')).toBeUndefined()
    expect(await entryFiles(folder)).toEqual([])
    await symlink(elsewhere, path)
    await store.set('k', Buffer.from('new'), null)
    expect((await lstat(path)).isFile()).toBe(true)
    expect(await readdir(outside)).toEqual(['entry'])
  })

  it('are not followed to another shard', async () => {
    const folder = await freshFolder()
    const outside = await freshFolder()
    for (let i = 0; i < 256; i += 1) await symlink(outside, join(folder, i.toString(16).padStart(2, '0')))
    const store = patientStore(folder)
    expect(await store.get('k')).toBeUndefined()
    await store.set('k', value, null)
    expect(await store.get('k')).toBeDefined()
    expect(await readdir(outside)).toEqual([])
    await store.clear('')
    expect(await store.check()).toBeUndefined()
    expect(await readdir(outside)).toEqual([])
  })
})

describe('the URL of a file store', () => {
  it('is all that a cache needs', async () => {
    const folder = join(await freshFolder(), 'a b')
    const program = `
      import { createCaches } from '@sitecache/core'
      const caches = createCaches({ default: process.argv[1] })
      for (let i = 0; i < 3; i += 1) await caches.get('default').set('k' + i, i)
      console.log(caches.get('default').timeout, (await caches.get('default').stats()).entries)
      await caches.close()`
    const url = `file://${encodeURI(folder)}?max_entries=2&cull_frequency=0&timeout=60`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program, url],
      {
        cwd: testFolder,
      },
    )
    expect(stdout).toBe('60 1\n')
    expect((await entryFiles(folder)).length).toBe(1)
  })

  it.each([['file:'], ['file:///'], ['file://host/path']])('needs a path of this machine: %s', (url) => {
    expect(() => storeFromUrl(new URL(url), { hosts: [], query: {} })).toThrow(
      /URL of a file store must be of this machine, such as 'file:/,
    )
  })

  it('refuses options that it does not know', async () => {
    const url = new URL(`file://${await freshFolder()}`)
    const make = () => storeFromUrl(url, { hosts: [], query: { maxEntires: '4' } })
    expect(make).toThrow(/maxEntires is not an option\. Did you mean maxEntries/)
  })
})

describe('check', () => {
  it('tells what became of the folder, and leaves nothing in it', async () => {
    const folder = await freshFolder()
    const store = patientStore(folder)
    await store.check()
    expect(await entryFiles(folder)).toEqual([])
    await chmod(folder, 0o777)
    await expect(store.check()).rejects.toThrow(/others can write to it/)
    await rm(folder, { recursive: true })
    await writeFile(folder, '')
    await expect(store.check()).rejects.toThrow(/it is not a directory/)
    await rm(folder)
    await store.check()
  })
})
