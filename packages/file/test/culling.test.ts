import { randomBytes } from 'node:crypto'
import { link, mkdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createCaches } from '@sitecache/core'
import { entryFiles, eventually, freshFolder, onlyEntry, patientStore } from './folders.js'

const value = Buffer.from('value')
const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}`)

describe('maxEntries', () => {
  it.each([
    [3, 29],
    [2, 19],
    [0, 19],
  ])('is kept as Django keeps it: cullFrequency %d leaves %d of 49 with 30', async (cullFrequency, left) => {
    const store = patientStore(await freshFolder(), { maxEntries: 30, cullFrequency })
    for (const key of keys(49)) await store.set(key, value, Date.now() + 60_000)
    expect((await store.getMany(keys(49))).size).toBe(left)
    expect(await store.stats()).toMatchObject({ entries: left })
  })

  it('is kept by many sets at once', async () => {
    const folder = await freshFolder()
    const store = patientStore(folder, { maxEntries: 30 })
    await store.setMany(new Map(keys(200).map((key) => [key, value])), null)
    await store.set('one more', value, null)
    expect((await entryFiles(folder)).length).toBeLessThanOrEqual(30)
  })

  it.each([1, 2])('may be as small as %d', async (maxEntries) => {
    const folder = await freshFolder()
    const store = patientStore(folder, { maxEntries })
    for (const key of keys(5)) await store.set(key, value, null)
    expect((await entryFiles(folder)).length).toBe(maxEntries)
    expect(await store.get('k4')).toBeDefined()
  })

  it('drops nothing for a key that is there already', async () => {
    const store = patientStore(await freshFolder(), { maxEntries: 10 })
    for (const key of keys(10)) await store.set(key, value, null)
    for (const key of keys(10)) await store.set(key, Buffer.from('new'), null)
    expect((await store.getMany(keys(10))).size).toBe(10)
  })

  it('counts what is in the folder already, and what is deleted', async () => {
    const folder = await freshFolder()
    const before = patientStore(folder)
    for (const key of keys(10)) await before.set(key, value, null)
    const store = patientStore(folder, { maxEntries: 10 })
    await store.delete('k0')
    await store.set('new', value, null)
    expect((await store.getMany([...keys(10), 'new'])).size).toBe(10)
    await store.set('newer', value, null)
    expect((await store.getMany([...keys(10), 'new', 'newer'])).size).toBe(8)
  })

  it('drops what has expired first, then what expires soonest', async () => {
    let time = Date.now()
    const store = patientStore(await freshFolder(), { maxEntries: 9, now: () => time })
    for (const key of keys(9)) await store.set(key, value, time + 1000 * (1 + Number(key.slice(1))))
    time += 2500
    await store.set('a', value, null)
    // k0 and k1 had expired, and one more made a third.
    expect([...(await store.getMany([...keys(9), 'a'])).keys()]).toEqual([...keys(9).slice(3), 'a'])
  })

  it('tells which key was dropped for room, once', async () => {
    const store = patientStore(await freshFolder(), { maxEntries: 4, cullFrequency: 2 })
    const cache = createCaches({ default: { store, keyPrefix: 'p' } }).get('default')
    const dropped: unknown[] = []
    cache.on('evict', ({ key }) => dropped.push(key))
    for (const key of keys(5)) await cache.set(key, 1, 60 + Number(key.slice(1)))
    expect(dropped).toEqual(['p:1:k0', 'p:1:k1'])
    expect(await cache.stats()).toMatchObject({ evictions: 2, entries: 3 })
  })

  it('of 0 keeps nothing, nor what was there', async () => {
    const folder = await freshFolder()
    await patientStore(folder).set('k', value, null)
    const store = patientStore(folder, { maxEntries: 0 })
    await store.set('k', value, null)
    expect(await store.get('k')).toBeUndefined()
    expect(await store.add('l', value, null)).toBe(false)
  })
})

describe('expired entries', () => {
  it('are removed by and by, though nobody asks for them; others are not', async () => {
    let time = Date.now()
    const folder = await freshFolder()
    const before = patientStore(folder, { now: () => time })
    for (const key of keys(100))
      await before.set(key, value, time + (Number(key.slice(1)) % 2 === 0 ? 1000 : 60_000))
    await before.close()
    const store = patientStore(folder, { now: () => time })
    // Counts while nothing changes: a listing may miss what is written meanwhile, until the next.
    expect(await store.stats()).toMatchObject({ entries: 100 })
    time += 2000
    await eventually(async () => {
      await store.get('another')
      return (await entryFiles(folder)).length === 50
    })
    expect((await store.getMany(keys(100))).size).toBe(50)
    expect(await store.stats()).toMatchObject({ entries: 50 })
  })

  it('are told by the file, not by its times, which a backup may have changed', async () => {
    const folder = await freshFolder()
    const store = patientStore(folder)
    for (const key of keys(20)) await store.set(key, value, null)
    for (const path of await entryFiles(folder)) await utimes(path, 1, 1)
    await store.set('gone', value, Date.now() + 1)
    await eventually(async () => {
      await store.get('another')
      return (await entryFiles(folder)).length === 20
    })
    expect((await store.getMany(keys(20))).size).toBe(20)
  })
})

describe('clear', () => {
  it('drops one cache of several in the folder', async () => {
    const store = patientStore(await freshFolder())
    const caches = createCaches({
      default: 'memory:',
      a: { store, keyPrefix: 'a' },
      b: { store, keyPrefix: 'a-b' },
      c: { store },
    })
    const aliases = ['a', 'b', 'c']
    for (const alias of aliases)
      await caches.get(alias).setMany(Object.fromEntries(keys(300).map((key) => [key, 1])))
    await caches.get('b').clear()
    const sizes = async () =>
      Promise.all(aliases.map(async (alias) => (await caches.get(alias).getMany(keys(300))).size))
    expect(await sizes()).toEqual([300, 0, 300])
    await caches.get('c').clear()
    expect(await sizes()).toEqual([300, 0, 0])
  })

  it('drops keys that are longer than what is read of them at first', async () => {
    const store = patientStore(await freshFolder())
    const long = 'x'.repeat(3000)
    for (const key of [`${long}:1`, `${long.slice(1)}y:1`]) await store.set(key, value, null)
    await store.clear(`${long}:`)
    expect(await store.has(`${long}:1`)).toBe(false)
    expect(await store.has(`${long.slice(1)}y:1`)).toBe(true)
  })
})

describe('a large folder that is full', () => {
  const maxEntries = 20_000

  /** As fast as can be: one entry under as many names as a full folder has. */
  async function fill(folder: string): Promise<void> {
    await patientStore(folder).set('original', value, Date.now() + 600_000)
    const original = await onlyEntry(folder)
    for (let shard = 0; shard < 256; shard += 1) {
      const path = join(folder, shard.toString(16).padStart(2, '0'))
      await mkdir(path, { mode: 0o700, recursive: true })
      const names = Array.from({ length: 79 }, () =>
        join(path, `${randomBytes(8).toString('hex')}-${randomBytes(23).toString('hex')}`),
      )
      await Promise.all(names.map((name) => link(original, name)))
    }
  }

  it('is culled behind the writes, and makes none wait', async () => {
    const folder = await freshFolder()
    await fill(folder)
    const store = patientStore(folder, { maxEntries })
    let dropped = 0
    store.onEvict?.(() => {
      dropped += 1
    })
    const droppedMeanwhile: number[] = []
    for (let i = 0; i < 500; i += 1) {
      const before = dropped
      await store.set(`new ${i}`, value, null)
      droppedMeanwhile.push(dropped - before)
    }
    await store.close()
    // The first does not wait until the folder is listed, and none until a batch, some 300, is dropped.
    expect(droppedMeanwhile[0]).toBe(0)
    expect(Math.max(...droppedMeanwhile)).toBeLessThan(150)
    expect(dropped).toBeGreaterThan(200)
    // What is written while the folder is listed may be missed; a list that nobody disturbs is exact.
    const next = patientStore(folder, { maxEntries })
    await next.set('one more', value, null)
    await next.close()
    const left = (await entryFiles(folder)).length
    expect(left).toBeLessThanOrEqual(maxEntries)
    expect(left).toBeGreaterThan(maxEntries - 1500)
  }, 60_000)
})
