import { stat } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { bytesOf, createCaches, type Store } from '@sitecache/core'
import { sqlStore } from '@sitecache/sql'
import { CamelCasePlugin, Kysely, MysqlDialect, PostgresDialect } from 'kysely'
import mysql from 'mysql2'
import pg from 'pg'
import { type Databases, openDatabases } from './databases.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

const value = Buffer.from('value')

let databases: Databases
beforeAll(async () => {
  databases = await openDatabases()
}, 60_000)
afterAll(() => databases.stop())

async function textOf(store: Store, key: string): Promise<string | undefined> {
  const entry = await store.get(key)
  return entry && Buffer.from(bytesOf(entry.value)).toString()
}

describe('a reader', () => {
  it.each(['PostgreSQL', 'MariaDB'] as const)(
    'is where %s is read; the other is where it is written',
    async (kind) => {
      // Another database, to which nothing is copied, shows which of the two was asked.
      await databases.run(kind, 'create database replica')
      const replica = new URL(databases.url(kind))
      replica.pathname = '/replica'
      const behind = sqlStore(replica.href, { table: 'routed', timeoutMs: 10_000 })
      await behind.createTable()
      const { store } = await databases.store(kind, { table: 'routed', reader: replica.href })
      await store.set('k', Buffer.from('5'), null)
      expect(await store.get('k')).toBeUndefined()
      expect(await store.has('k')).toBe(false)
      expect((await store.getMany(['k'])).size).toBe(0)
      expect((await store.stats()).entries).toBe(0)
      // What depends on what is there is decided where it is written.
      expect(await store.add('k', value, null)).toBe(false)
      expect(await store.incr('k', 1)).toBe(6)
      expect(await store.incr('none', 1)).toBeUndefined()
      expect(await store.touch('k', null)).toBe(true)
      await behind.set('k', Buffer.from('copied'), null)
      expect(await textOf(store, 'k')).toBe('copied')
      expect(await store.delete('k')).toBe(true)
      expect(await textOf(store, 'k')).toBe('copied')
      await behind.close()
    },
  )

  it('that is down is a miss; writing goes on', async () => {
    const { store: direct, table } = await databases.store('PostgreSQL')
    const store = sqlStore(databases.postgres.url, {
      table,
      reader: 'postgres://x@127.0.0.1:1/x',
      timeoutMs: 10_000,
    })
    const caches = createCaches({ default: { store } })
    const cache = caches.get('default')
    const errors: unknown[] = []
    cache.on('error', ({ error }) => errors.push(error))
    await cache.set('k', 1)
    expect(await cache.get('k')).toBeUndefined()
    expect(await direct.has(cache.makeKey('k'))).toBe(true)
    expect(String(errors)).toMatch(/could not be reached.*ECONNREFUSED/)
    await expect(store.check()).rejects.toThrow(/^the reader: the server could not be reached/)
    await caches.close()
  })

  it('speaks the same SQL as the writer', () => {
    expect(() => sqlStore(databases.postgres.url, { reader: databases.mariadb.url })).toThrow(
      /sqlStore\(\)\.reader must be a postgres database, as the other is; got 'mysql'/,
    )
  })
})

describe('a kysely of the application', () => {
  interface Schema {
    people: { id: number }
  }
  const make = {
    PostgreSQL: () =>
      new Kysely<Schema>({
        dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: databases.postgres.url }) }),
        plugins: [new CamelCasePlugin()],
      }),
    MariaDB: () =>
      new Kysely<Schema>({
        dialect: new MysqlDialect({ pool: mysql.createPool({ uri: databases.mariadb.url }) }),
        plugins: [new CamelCasePlugin()],
      }),
  }

  it.each(['PostgreSQL', 'MariaDB'] as const)('is used, and left open: %s', async (kind) => {
    const kysely = make[kind]()
    const store = sqlStore(kysely, { table: 'shared_table', timeoutMs: 10_000 })
    expect(store.name).toBe(kind === 'PostgreSQL' ? 'postgres' : 'mysql')
    await store.createTable()
    await store.set('k', Buffer.from('41'), Date.now() + 60_000)
    expect(await store.incr('k', 1)).toBe(42)
    expect(await textOf(store, 'k')).toBe('42')
    expect(await store.add('k', value, null)).toBe(false)
    await store.clear('')
    await store.close()
    expect(await kysely.introspection.getTables()).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'shared_table' })]),
    )
    await kysely.destroy()
  })

  it('is not waited for longer than an operation may take, when its connections are all in use', async () => {
    const pool = new pg.Pool({ connectionString: databases.postgres.url, max: 1 })
    const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
    const { table } = await databases.store('PostgreSQL')
    const store = sqlStore(kysely, { table, timeoutMs: 100 })
    const held = await pool.connect()
    await expect(store.set('k', value, null)).rejects.toThrow(/within 100 ms/)
    held.release()
    await kysely.connection().execute(async () => {})
    // The write that nobody waited for any more was not done when its turn came.
    expect((await databases.run('PostgreSQL', `select entryid from ${table}`)).length).toBe(0)
    await store.close()
    await kysely.destroy()
  })
})

describe('an SQLite file', () => {
  it('is made so that nobody else can read it, and so are those beside it', async () => {
    const { store } = await databases.store('SQLite')
    await store.set('k', value, null)
    const file = new URL(databases.url('SQLite')).pathname
    for (const name of [file, `${file}-wal`, `${file}-shm`]) expect((await stat(name)).mode & 0o077).toBe(0)
  })

  it('that can not be opened is an error that says what to look at', async () => {
    const store = sqlStore('sqlite:///nowhere/at/all.db')
    await expect(store.get('k')).rejects.toThrow(/folder/)
    await store.close()
  })
})

describe('what is told of a failure', () => {
  it('holds no password, key or value', async () => {
    const { store, table } = await databases.store('MariaDB')
    await databases.run('MariaDB', `alter table ${table} modify value varbinary(3) not null`)
    const failure: unknown = await store
      .set('secret-key', Buffer.from('secret-value'), null)
      .catch((error) => error)
    const { inspect } = await import('node:util')
    const hex = Buffer.from('secret').toString('hex')
    const told = inspect(failure, { depth: 10, showHidden: true })
    expect(told).toMatch(/Data too long/)
    expect(told).not.toMatch(new RegExp(`secret|${hex}`, 'i'))

    const refused = sqlStore('mysql://root:hunter2@127.0.0.1:1/cache')
    const error: unknown = await refused.get('k').catch((reason) => reason)
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2')
    await refused.close()
  })

  it.each([
    ['PostgreSQL', 'no such database', /no such database/],
    ['MariaDB', 'no such database', /no such database/],
    ['MariaDB', 'wrong password', /refused the user or password/],
  ] as const)('%s: %s', async (kind, fault, message) => {
    const url = new URL(databases.url(kind))
    if (fault === 'no such database') url.pathname = '/elsewhere'
    else url.password = 'wrong'
    const store = sqlStore(url.href)
    await expect(store.check()).rejects.toThrow(message)
    await store.close()
  })
})
