import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { SettingsError, StoreError } from '@sitecache/core'
import { sqlStore } from '@sitecache/sql'
import { type Databases, type Kind, kinds, openDatabases } from './databases.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

const value = Buffer.from('value')

let databases: Databases
beforeAll(async () => {
  databases = await openDatabases()
}, 60_000)
afterAll(() => databases.stop())

/** Gives a text to the database's own command line, as an operator would. */
async function paste(kind: Kind, text: string): Promise<void> {
  const url = new URL(databases.url(kind))
  if (kind === 'SQLite') return void (await databases.run(kind, text))
  const [command, args] =
    kind === 'PostgreSQL'
      ? ['psql', [url.href, '-v', 'ON_ERROR_STOP=1', '-f', '-']]
      : ['mariadb', ['-h', url.hostname, '-P', url.port, '-u', 'root', '--skip-ssl', url.pathname.slice(1)]]
  const running = promisify(execFile)(String(command), [...(args ?? [])])
  running.child.stdin?.end(text)
  await running
}

describe.each(kinds)('createTable on %s', (kind) => {
  it('with dryRun, answers SQL that the database takes as it is, and makes nothing', async () => {
    const store = sqlStore(databases.url(kind), { table: 'pasted', timeoutMs: 10_000 })
    const { created, sql, table } = await store.createTable({ dryRun: true })
    expect({ created, table }).toEqual({ created: false, table: 'pasted' })
    await expect(store.check()).rejects.toThrow(
      "there is no table pasted: make it with 'npx sitecache create-table'",
    )
    await paste(kind, sql)
    await store.check()
    await store.set('k', value, null)
    expect(await store.has('k')).toBe(true)
    await store.close()
  })

  it('makes the table once, and tells the SQL that it ran', async () => {
    const store = sqlStore(databases.url(kind), { table: 'twice', timeoutMs: 10_000 })
    const first = await store.createTable()
    await store.set('k', value, null)
    const second = await store.createTable()
    expect([first.created, second.created]).toEqual([true, false])
    expect(first.sql).toBe((await store.createTable({ dryRun: true })).sql)
    expect(await store.has('k')).toBe(true)
    await store.close()
  })

  it('makes it once when many try at the same time', async () => {
    const stores = Array.from({ length: 4 }, () =>
      sqlStore(databases.url(kind), { table: 'raced', timeoutMs: 10_000 }),
    )
    const results = await Promise.all(stores.map((store) => store.createTable()))
    expect(results.filter(({ created }) => created)).toHaveLength(1)
    await Promise.all(stores.map((store) => store.close()))
  })

  it("leaves another's table as it is, and check says that it is one", async () => {
    await databases.run(
      kind,
      'create table users (id integer primary key, name varchar(20), expires integer)',
    )
    await databases.run(kind, "insert into users values (1, 'ann', 5)")
    const store = sqlStore(databases.url(kind), { table: 'users', timeoutMs: 10_000 })
    expect((await store.createTable()).created).toBe(false)
    await expect(store.check()).rejects.toThrow("the table users is not one of sitecache's")
    await expect(store.set('k', value, null)).rejects.toThrow(StoreError)
    await store.clear('').catch(() => {})
    expect(await databases.run(kind, 'select * from users')).toEqual([
      expect.objectContaining({ id: 1, name: 'ann', expires: 5 }),
    ])
    await store.close()
  })

  it('takes a schema before the name', async () => {
    const schema = { PostgreSQL: 'caching', MariaDB: 'cache', SQLite: 'main' }[kind]
    if (kind === 'PostgreSQL') await databases.run(kind, 'create schema caching')
    const { store } = await databases.store(kind, { table: `${schema}.Pages_2` })
    await store.add('k', value, null)
    expect(await store.add('k', value, null)).toBe(false)
    expect(await store.deleteMany(['k'])).toBe(1)
  })
})

describe('createTable', () => {
  it.each(['', 'drop table x', 'x;--', 'a"b', 'a`b', "a'b", 'a.b.c', '1st', 'ü', 'x'.repeat(49), null])(
    'no table is called %j',
    (table) => {
      expect(() => sqlStore('sqlite::memory:', { table: table as string })).toThrow(SettingsError)
      expect(() => sqlStore('sqlite::memory:', { table: table as string })).toThrow(
        /sqlStore\(\)\.table must be/,
      )
    },
  )

  it('needs no server for dryRun', async () => {
    const store = sqlStore('postgres://nobody@127.0.0.1:1/nothing')
    expect((await store.createTable({ dryRun: true })).sql).toMatch(/^create table "sitecache" \(\n/)
    await store.close()
  })
})
