import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, jest } from '@jest/globals'
import { createCaches, siteCache } from '@sitecache/express'
import request from '@sitecache/test-support/request'
import express from 'express'
import { asNobody, entryFiles, eventually, freshFolder, onlyEntry, patientStore } from './folders.js'

/** A site whose cache is a folder, and what went wrong with it. */
async function setUp() {
  const folder = await freshFolder()
  if (process.geteuid?.() === 0) await chown(folder, 65_534, 65_534)
  const caches = await asNobody(async () => createCaches({ default: { store: patientStore(folder) } }))
  const cache = caches.get('default')
  const errors: unknown[] = []
  cache.on('error', ({ error }) => errors.push(error))
  const app = express().use(siteCache({ cache }))
  app.get('/:page', (req, res) => void res.send(`page ${req.params.page}`))
  const ask = async (page: string) => {
    const response = await request(app).get(`/${page}`)
    await caches.idle()
    expect([response.status, response.text]).toEqual([200, `page ${page}`])
    return response.headers['cache-status'] ?? ''
  }
  /** A page is written behind its response. */
  const hits = (page: string) => eventually(async () => /hit/.test(await ask(page)))
  return { folder, cache, errors, ask, hits }
}

describe('a folder that is removed while the site runs', () => {
  it('is made again by the next page, and no request fails', async () => {
    const { folder, cache, errors, ask, hits } = await setUp()
    await hits('a')
    await rm(folder, { recursive: true })
    expect(await ask('a')).toMatch(/fwd=uri-miss/)
    await hits('a')
    await cache.set('n', 1)
    await rm(folder, { recursive: true })
    expect(await cache.get('n')).toBeUndefined()
    expect(await cache.add('n', 1)).toBe(true)
    expect(await cache.incr('n')).toBe(2)
    await rm(folder, { recursive: true })
    await expect(cache.incr('n')).rejects.toMatchObject({ name: 'KeyNotFoundError' })
    await cache.clear()
    expect(errors).toEqual([])
  })

  it('part by part, is made again in part', async () => {
    const { folder, cache } = await setUp()
    for (const name of ['tmp', 'locks']) {
      await rm(join(folder, name), { recursive: true })
      expect(await cache.add(name, 1)).toBe(true)
      expect(await cache.incr(name)).toBe(2)
    }
    await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name), { recursive: true })))
    await cache.set('k', 1)
    expect(await cache.get('k')).toBe(1)
  })
})

describe('a folder that can no longer be written to', () => {
  it('answers what it has, makes misses of the rest, and is used again when it can be', async () => {
    const { folder, cache, errors, ask, hits } = await setUp()
    await asNobody(async () => {
      await hits('a')
      for (const name of await readdir(folder)) await chmod(join(folder, name), 0o500)
      await chmod(folder, 0o500)
      expect(await ask('a')).toMatch(/hit/)
      expect(errors).toEqual([])
      for (const page of ['b', 'b', 'c', 'c', 'd', 'e']) expect(await ask(page)).toMatch(/fwd=/)
      await eventually(async () => errors.length > 0)
      await expect(cache.store.check()).rejects.toThrow(/this process may not write to it/)

      await chmod(folder, 0o700)
      for (const name of await readdir(folder)) await chmod(join(folder, name), 0o700)
      await hits('b')
      await cache.store.check()
    })
  })

  it('nor be read is all misses and no failed request', async () => {
    const { folder, errors, ask, hits } = await setUp()
    await asNobody(async () => {
      await hits('a')
      await chmod(folder, 0)
      expect(await ask('a')).toMatch(/fwd=uri-miss/)
      await eventually(async () => errors.length > 0)
      await chmod(folder, 0o700)
      await hits('a')
    })
  })
})

describe('entries that can not be removed', () => {
  const value = Buffer.from('value')
  const setUpEntries = async (maxEntries = 100) => {
    const folder = await freshFolder()
    if (process.geteuid?.() === 0) await chown(folder, 65_534, 65_534)
    const store = patientStore(folder, { maxEntries, cullFrequency: maxEntries })
    await store.set('k:soonest', value, Date.now() + 60_000)
    const shard = dirname(await onlyEntry(folder))
    for (let i = 1; i < 10; i += 1) await store.set(`k:${i}`, value, null)
    return { folder, store, shard }
  }

  it('are told by clear(), which removes all others', async () => {
    await asNobody(async () => {
      const { folder, store, shard } = await setUpEntries()
      const held = (await entryFiles(folder)).filter((path) => path.startsWith(shard))
      await chmod(shard, 0o500)
      await expect(store.clear('k:')).rejects.toMatchObject({
        code: 'ERR_SITECACHE_STORE',
        message: expect.stringMatching(/clear\(\) could not remove 1 entry or folder in .*may not write/),
      })
      expect(await entryFiles(folder)).toEqual(held)
      await chmod(shard, 0)
      await expect(store.clear('k:')).rejects.toMatchObject({ code: 'ERR_SITECACHE_STORE' })
      await chmod(shard, 0o700)
      await store.clear('k:')
      expect(await entryFiles(folder)).toEqual([])
    })
  })

  it('are passed over by a cull, for the next that can be', async () => {
    await asNobody(async () => {
      const { folder, store, shard } = await setUpEntries(10)
      await chmod(shard, 0o500)
      for (let i = 0; i < 30; i += 1) await store.set(`more:${i}`, value, null).catch(() => {})
      await chmod(shard, 0o700)
      expect((await entryFiles(folder)).length).toBeLessThanOrEqual(10)
    })
  })
})

describe('a folder that can not be written to when the application starts', () => {
  const below = async () => {
    const parent = await freshFolder()
    if (process.geteuid?.() === 0) await chown(parent, 65_534, 65_534)
    await chmod(parent, 0o500)
    return { parent, folder: join(parent, 'cache') }
  }

  it('is misses that are told, and is used when it can be', async () => {
    const { parent, folder } = await below()
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await asNobody(async () => {
      const cache = createCaches({ default: { store: patientStore(folder) } }).get('default')
      expect(warnings.mock.calls).toEqual([
        [
          expect.stringMatching(/cache' can't be used: this process may not write to it; .*a miss/),
          expect.objectContaining({ code: 'SITECACHE_FILE' }),
        ],
      ])
      warnings.mockRestore()
      const errors: unknown[] = []
      cache.on('error', ({ error }) => errors.push(error))
      expect(await cache.getOrSet('k', () => 1)).toBe(1)
      expect(await cache.get('k')).toBeUndefined()
      expect(String(errors[0])).toMatch(/StoreError.*this process may not write to it/)
      await expect(cache.store.check()).rejects.toThrow(/this process may not write to it/)

      await chmod(parent, 0o700)
      await cache.store.check()
      await eventually(async () => {
        await cache.set('k', 2)
        return (await cache.get('k')) === 2
      })
    })
  })

  it('and is then one that must not be used stays misses', async () => {
    const { parent, folder } = await below()
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await asNobody(async () => {
      const cache = createCaches({ default: { store: patientStore(folder) } }).get('default')
      warnings.mockRestore()
      const errors: unknown[] = []
      cache.on('error', ({ error }) => errors.push(error))
      await chmod(parent, 0o700)
      await mkdir(folder)
      await chmod(folder, 0o777)
      await cache.set('k', 1)
      expect(String(errors[0])).toMatch(/others can write to it/)
    })
  })
})

describe('a folder that its file system will not have made', () => {
  it.each(['/proc/sitecache', '/proc/sitecache/pages', '/sys/sitecache'])('is misses: %s', async (folder) => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const cache = createCaches({ default: { store: patientStore(folder) } }).get('default')
    warnings.mockRestore()
    expect(await cache.get('k')).toBeUndefined()
    await expect(cache.store.check()).rejects.toThrow(folder)
  })
})

describe('a folder whose disk is full', () => {
  it('is misses and errors that say so, leaves nothing half-written, and is used again when there is room', async () => {
    const folder = await freshFolder()
    const script = fileURLToPath(new URL('full-disk.mjs', import.meta.url))
    // A file system of its own, which goes with the process.
    const mount = 'mount -t tmpfs -o size=1m,mode=700 tmpfs "$2" && exec "$0" "$1" "$2"'
    const { stdout } = await promisify(execFile)('unshare', [
      process.geteuid?.() === 0 ? '-m' : '-rm',
      'sh',
      '-c',
      mount,
      process.execPath,
      script,
      folder,
    ])
    const { full, after } = JSON.parse(stdout)
    // What could not be replaced is out of date, and gone: which made room for another.
    expect(full.values).not.toContain('old')
    expect(full).toMatchObject({ added: false, computed: true, codes: ['ENOSPC'] })
    expect(full.check).toMatch(/its file system is full/)
    expect(after).toMatchObject({ value: true, errors: expect.any(Number) })
    expect(after.errors).toBeGreaterThanOrEqual(3)
  }, 30_000)
})
