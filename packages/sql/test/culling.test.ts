import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Store } from '@sitecache/core'
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

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it did not come to that within 20 seconds')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const keysOf = (count: number, name = 'k') => Array.from({ length: count }, (_, i) => `${name}${i}`)

describe.each(kinds)('%s', (kind) => {
  describe('a small table that is full', () => {
    it('never holds more than maxEntries, and drops a third, what expires soonest first', async () => {
      const { store } = await databases.store(kind, { maxEntries: 30 })
      const evicted: string[] = []
      store.onEvict?.((key) => evicted.push(key))
      const keys = keysOf(30)
      for (const [i, key] of keys.entries()) await store.set(key, value, Date.now() + 60_000 + i * 1000)
      expect((await there(store, keys)).length).toBe(30)
      await store.set('new', value, Date.now() + 1000)
      expect(await there(store, [...keys, 'new'])).toEqual([...keys.slice(10), 'new'])
      expect(evicted.sort()).toEqual(keys.slice(0, 10).sort())
      expect((await store.stats()).entries).toBe(21)
    })

    it('takes another value of a key that is there, and drops nothing', async () => {
      const { store } = await databases.store(kind, { maxEntries: 5 })
      const keys = keysOf(5)
      await store.setMany(new Map(keys.map((key) => [key, value])), null)
      await store.set('k0', value, null)
      await store.add('k1', value, null)
      await store.setMany(new Map([['k2', value]]), null)
      expect(await there(store, keys)).toEqual(keys)
    })

    it('drops what is expired before anything else', async () => {
      let now = 1_700_000_000_000
      const { store, table } = await databases.store(kind, { maxEntries: 4, now: () => now })
      await store.set('old', value, now + 1000)
      for (const key of ['a', 'b', 'c']) await store.set(key, value, now + 100_000)
      now += 2000
      await store.set('d', value, now + 500)
      expect(await there(store, ['a', 'b', 'c', 'd'])).toEqual(['a', 'b', 'c', 'd'])
      expect(await databases.run(kind, `select entryid from ${table}`)).toHaveLength(4)
    })

    it('drops what never expires last', async () => {
      const { store } = await databases.store(kind, { maxEntries: 6, cullFrequency: 2 })
      for (const key of ['endless1', 'endless2', 'endless3', 'endless4']) await store.set(key, value, null)
      for (const key of ['brief1', 'brief2']) await store.set(key, value, Date.now() + 60_000)
      await store.set('new', value, null)
      expect(await there(store, ['brief1', 'brief2', 'new'])).toEqual(['new'])
      expect((await there(store, ['endless1', 'endless2', 'endless3', 'endless4'])).length).toBe(3)
    })

    it('is emptied with cullFrequency 0', async () => {
      const { store } = await databases.store(kind, { maxEntries: 5, cullFrequency: 0 })
      for (const key of keysOf(6)) await store.set(key, value, null)
      expect(await there(store, keysOf(6))).toEqual(['k5'])
    })

    it('holds no more after setMany and add either', async () => {
      const { store } = await databases.store(kind, { maxEntries: 10 })
      expect(await store.setMany(new Map(keysOf(25).map((key) => [key, value])), null)).toEqual([])
      expect((await store.stats()).entries).toBeLessThanOrEqual(10)
      for (const key of keysOf(25, 'added')) expect(await store.add(key, value, null)).toBe(true)
      expect((await store.stats()).entries).toBeLessThanOrEqual(10)
    })
  })

  it('keeps nothing with maxEntries 0, and says so', async () => {
    const { store } = await databases.store(kind, { maxEntries: 0 })
    await store.set('k', value, null)
    expect(await store.setMany(new Map([['l', value]]), null)).toEqual(['l'])
    expect(await store.add('m', value, null)).toBe(false)
    expect(await there(store, ['k', 'l', 'm'])).toEqual([])
  })

  describe('a large table', () => {
    it('is brought below maxEntries behind the callers, and the soonest go', async () => {
      const { store } = await databases.store(kind, { maxEntries: 2000 })
      let evicted = 0
      store.onEvict?.(() => {
        evicted += 1
      })
      const keys = keysOf(2400)
      await store.setMany(new Map(keys.slice(0, 1000).map((key) => [key, value])), Date.now() + 60_000)
      await store.setMany(new Map(keys.slice(1000).map((key) => [key, value])), Date.now() + 600_000)
      await eventually(async () => {
        // What is written meanwhile is counted the next time: so many at most.
        await store.set('k2399', value, Date.now() + 600_000)
        return Number((await store.stats()).entries) <= 2000
      })
      expect(await there(store, keys.slice(1000))).toHaveLength(1400)
      expect(evicted).toBeGreaterThan(0)
    })

    it('loses what is expired, without being full', async () => {
      let now = 1_700_000_000_000
      const { store, table } = await databases.store(kind, { maxEntries: 5000, now: () => now })
      await store.setMany(new Map(keysOf(1500).map((key) => [key, value])), now + 1000)
      now += 61_000
      await eventually(async () => {
        await store.set('new', value, now + 1000)
        return (await databases.run(kind, `select entryid from ${table}`)).length === 1
      })
      expect(await store.has('new')).toBe(true)
    })
  })
})

/** How often a table was read from end to end so far; or how many of its rows were read by no index. */
const scanned = {
  PostgreSQL: async (table: string) => {
    const sql = `select seq_scan as scans from pg_stat_user_tables where relname = '${table}'`
    return Number((await databases.run('PostgreSQL', sql))[0]?.scans)
  },
  MariaDB: async (table: string) => {
    const sumOf = async (statistics: string) => {
      const of = `table_schema = database() and table_name = '${table}'`
      const sql = `select coalesce(sum(rows_read), 0) as n from information_schema.${statistics} where ${of}`
      return Number((await databases.run('MariaDB', sql))[0]?.n)
    }
    return (await sumOf('table_statistics')) - (await sumOf('index_statistics'))
  },
}

describe.each(['PostgreSQL', 'MariaDB'] as const)('a table of %s that is large', (kind) => {
  it('is read by its indexes, but for culling', async () => {
    const full = await databases.store(kind)
    const keys = keysOf(5000)
    await full.store.setMany(new Map(keys.map((key) => [key, value])), Date.now() + 60_000)
    // PostgreSQL counts what a connection did when it ends, at the latest.
    await full.store.close()
    const { table } = full
    await databases.run(kind, kind === 'PostgreSQL' ? `analyze ${table}` : `analyze table ${table}`)
    const before = await scanned[kind](table)
    const { store } = await databases.store(kind, { table })
    for (const key of keys.slice(0, 30)) {
      await store.get(key)
      await store.set(key, value, null)
      await store.touch(key, Date.now() + 60_000)
      await store.add(key, value, null)
      await store.delete(key)
    }
    expect(await there(store, keys.slice(0, 40))).toHaveLength(10)
    expect(await store.deleteMany(keys.slice(30, 40))).toBe(10)
    await store.close()
    // Once it may have come to look whether there is something to cull.
    expect((await scanned[kind](table)) - before).toBeLessThanOrEqual(kind === 'PostgreSQL' ? 1 : 5000)
  })
})
