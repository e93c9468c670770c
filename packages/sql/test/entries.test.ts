import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { bytesOf, type Store, ValueError } from '@sitecache/core'
import { type Databases, kinds, openDatabases } from './databases.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

const value = Buffer.from('value')

let databases: Databases
beforeAll(async () => {
  databases = await openDatabases()
}, 60_000)
afterAll(() => databases.stop())

async function there(store: Store, keys: readonly string[]): Promise<string[]> {
  const found = await store.getMany(keys)
  return keys.filter((key) => found.has(key))
}

async function textOf(store: Store, key: string): Promise<string | undefined> {
  const entry = await store.get(key)
  return entry && Buffer.from(bytesOf(entry.value)).toString()
}

describe.each(kinds)('entries on %s', (kind) => {
  it('have keys of any length, which clear tells apart to the last letter', async () => {
    const { store } = await databases.store(kind)
    const long = 'p'.repeat(300)
    const keys = [`${long}a`, `${long}b`, long, long.slice(1), `${long.slice(1)}qa`, 'p'.repeat(240), 'q']
    await store.setMany(new Map(keys.map((key, i) => [key, Buffer.from(String(i))])), null)
    for (const [i, key] of keys.entries()) expect(await textOf(store, key)).toBe(String(i))
    await store.clear(`${long}a`)
    expect(await there(store, keys)).toEqual(keys.slice(1))
    await store.clear(long)
    expect(await there(store, keys)).toEqual(keys.slice(3))
    await store.clear('p'.repeat(240))
    expect(await there(store, keys)).toEqual(['q'])
  })

  it('are told by their whole keys when they are dropped for room', async () => {
    const { store } = await databases.store(kind, { maxEntries: 2, cullFrequency: 0 })
    const evicted: string[] = []
    store.onEvict?.((key) => evicted.push(key))
    const keys = ['ż'.repeat(500), 'short', 'x'.repeat(255)]
    for (const key of keys) await store.set(key, value, null)
    expect(evicted.sort()).toEqual(keys.slice(0, 2).sort())
  })

  it('may have halves of surrogate pairs in their keys', async () => {
    const { store } = await databases.store(kind)
    const keys = ['\ud800', '\udbff', '\ufffd', '\ud800\udc00', 'x\udc00']
    for (const [i, key] of keys.entries()) await store.set(key, Buffer.from(String(i)), null)
    for (const [i, key] of keys.entries()) expect(await textOf(store, key)).toBe(String(i))
    expect(await there(store, keys)).toEqual(keys)
  })

  it('are set, read and dropped by the thousand', async () => {
    const { store } = await databases.store(kind)
    const keys = Array.from({ length: 2300 }, (_, i) => `k${i}`)
    expect(await store.setMany(new Map(keys.map((key) => [key, Buffer.from(key)])), null)).toEqual([])
    const found = await store.getMany([...keys, 'none'])
    expect(found.size).toBe(2300)
    for (const [key, entry] of found) expect(Buffer.from(bytesOf(entry.value)).toString()).toBe(key)
    expect(await store.deleteMany([...keys.slice(0, 1200), 'none'])).toBe(1200)
    await store.clear('k')
    expect((await store.stats()).entries).toBe(0)
  })

  it('may be megabytes, several in one setMany', async () => {
    const { store } = await databases.store(kind)
    const pages = new Map(Array.from({ length: 4 }, (_, i) => [`k${i}`, Buffer.alloc(3 * 2 ** 20, i)]))
    expect(await store.setMany(pages, null)).toEqual([])
    for (const [key, bytes] of pages) {
      const entry = await store.get(key)
      expect(entry && bytes.equals(bytesOf(entry.value))).toBe(true)
    }
  })

  it('are counted with to the last safe integer, and no further', async () => {
    const { store } = await databases.store(kind)
    const max = Number.MAX_SAFE_INTEGER
    await store.set('n', Buffer.from(String(max - 1)), null)
    expect(await store.incr('n', 1)).toBe(max)
    await expect(store.incr('n', 1)).rejects.toThrow(ValueError)
    expect(await store.incr('n', -max)).toBe(0)
    expect(await store.incr('n', -max)).toBe(-max)
    await expect(store.incr('n', -1)).rejects.toThrow(ValueError)
    expect(await store.incr('n', 0)).toBe(-max)
    expect(await textOf(store, 'n')).toBe(String(-max))
    for (const text of [
      '1\n',
      ' 1',
      '+1',
      '01',
      '-0',
      '1e3',
      '0x1',
      '9007199254740992',
      '99999999999999999',
    ]) {
      await store.set('n', Buffer.from(text), null)
      await expect(store.incr('n', 1)).rejects.toThrow(ValueError)
      expect(await textOf(store, 'n')).toBe(text)
    }
  })

  it('answer a failing setMany with an error, not with keys alone', async () => {
    const { store, table } = await databases.store(kind)
    await databases.run(kind, `drop table ${table}`)
    await expect(store.setMany(new Map([['k', value]]), null)).rejects.toThrow(/npx sitecache create-table/)
  })

  it('that never expire by number do not overflow', async () => {
    const { store } = await databases.store(kind)
    await store.set('k', value, 1e300)
    expect(await store.get('k')).toEqual({ value: expect.anything(), expires: null })
    expect(await store.touch('k', Number.MAX_VALUE)).toBe(true)
    await store.set('fraction', value, Date.now() + 5000.5)
    expect(await store.has('fraction')).toBe(true)
  })

  it('that another has put there are refused when they can be none', async () => {
    const { store, table } = await databases.store(kind)
    const id = { PostgreSQL: `'\\x6b'`, MariaDB: `x'6b'`, SQLite: `x'6b'` }[kind]
    await databases.run(kind, `insert into ${table} values (${id}, null, ${id}, 9223372036854775807)`)
    await expect(store.get('k')).rejects.toThrow(/none of sitecache's/)
    await store.set('k', value, null)
    expect(await textOf(store, 'k')).toBe('value')
  })
})
