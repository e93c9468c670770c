import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { bytesOf } from '@sitecache/core'
import { programFolder } from '@sitecache/test-support/workspace'
import { type Databases, type Kind, kinds, openDatabases } from './databases.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

const PROCESSES = 3

let databases: Databases
beforeAll(async () => {
  databases = await openDatabases()
}, 60_000)
afterAll(() => databases.stop())

/** Runs the same work in several processes at once, each with a store of its own; answers what each printed. */
async function together(kind: Kind, table: string, work: string): Promise<string[]> {
  const program = `
    import { sqlStore } from '@sitecache/sql'
    const options = { table: '${table}', timeoutMs: 20_000, maxEntries: 100 }
    const store = sqlStore('${databases.url(kind)}', options)
    ${work}
    await store.close()`
  const runs = Array.from({ length: PROCESSES }, () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: programFolder,
    }),
  )
  return (await Promise.all(runs)).map(({ stdout }) => stdout.trim())
}

const add = `
  let added = 0
  for (let i = 0; i < 40; i += 1) added += await store.add('k' + i, Buffer.from('x'), Date.now() + 600_000)
  console.log(added)`

const sum = (counts: readonly string[]) => counts.reduce((total, count) => total + Number(count), 0)

describe.each(kinds)('several processes at once on %s', (kind) => {
  it('lose no incr, and add a key once', async () => {
    const { store, table } = await databases.store(kind)
    await store.set('n', Buffer.from('0'), null)
    const count = `for (let i = 0; i < 150; i += 1) await store.incr('n', i % 2 === 0 ? 3 : -2)`
    expect(sum(await together(kind, table, count + add))).toBe(40)
    const entry = await store.get('n')
    expect(entry && Buffer.from(bytesOf(entry.value)).toString()).toBe(String(PROCESSES * 75))
  })

  it('add a key once that has expired, and store and drop the same keys without failing', async () => {
    const { store, table } = await databases.store(kind)
    await store.setMany(new Map(Array.from({ length: 40 }, (_, i) => [`k${i}`, Buffer.from('old')])), null)
    await databases.run(kind, `update ${table} set expires = 1`)
    const crowd = `
      const keys = Array.from({ length: 40 }, (_, i) => 'other' + (i * 7919) % 40)
      for (let i = 0; i < 30; i += 1) {
        if (i % 2 === 1) keys.reverse()
        const failed = await store.setMany(new Map(keys.map((key) => [key, Buffer.from('x')])), null)
        if (failed.length > 0) throw new Error('some could not be stored')
        await store.deleteMany(keys.slice(0, 20))
        if (i % 10 === 0) await store.clear('other1')
      }`
    expect(sum(await together(kind, table, add + crowd))).toBe(40)
  })

  it('keep a small table small, and all of them can still write', async () => {
    const { store, table } = await databases.store(kind)
    const fill = `for (let i = 0; i < 120; i += 1)
      await store.set(process.pid + ':' + i, Buffer.from('x'), Date.now() + 600_000 + i)`
    await together(kind, table, fill)
    const { entries = 0 } = await store.stats()
    // Each may have counted before the others stored.
    expect(entries).toBeLessThanOrEqual(100 + PROCESSES)
    expect(entries).toBeGreaterThan(10)
  })
})
