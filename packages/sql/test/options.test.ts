import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, it, jest } from '@jest/globals'
import { SettingsError } from '@sitecache/core'
import { sqlStore, storeFromUrl } from '@sitecache/sql'
import { installed } from '@sitecache/test-support/installed'
import { Kysely, MssqlDialect } from 'kysely'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

const run = promisify(execFile)

/** The store of a URL, as the caches' settings would make it. */
function fromUrl(text: string) {
  const url = new URL(text)
  const query: Record<string, string> = {}
  for (const [name, value] of url.searchParams)
    query[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value
  return storeFromUrl(url, { hosts: url.host === '' ? [] : url.host.split(','), query })
}

describe('sqlStore', () => {
  it.each([
    [
      { maxEntires: 5 },
      'sqlStore().maxEntires is not an option. Did you mean maxEntries? Allowed: table, reader,',
    ],
    [{ maxEntries: -1 }, 'sqlStore().maxEntries must be a whole number of at least 0; got -1'],
    [{ cullFrequency: 1.5 }, 'sqlStore().cullFrequency must be a whole number of at least 0; got 1.5'],
    [{ timeoutMs: 0 }, 'sqlStore().timeoutMs must be a whole number of at least 1; got 0'],
    [{ poolSize: '5' }, "sqlStore().poolSize must be a whole number of at least 1; got '5'"],
    [{ reader: 5 }, "sqlStore().reader must be a URL such as 'postgres://user@replica/database'"],
    [{ reader: 'redis://x' }, 'sqlStore().reader must be a URL of postgres:,'],
  ])('refuses %j', (options, message) => {
    const make = () => sqlStore('postgres://localhost/x', options as object)
    expect(make).toThrow(SettingsError)
    expect(make).toThrow(message)
  })

  it.each([
    ['cache.db', "sqlStore() is not a URL that can be read: 'cache.db'"],
    ['redis://ann:secret@localhost/1', "got 'redis://***@localhost/1'"],
    ['postgres://ann:secret@localhost/x?sslmodus=require', "'sslmodus' is no parameter of a postgres: URL"],
    [
      'mysql://localhost/x?sslmode=require',
      "'sslmode' is no parameter of a mysql: URL. Allowed: socketPath, ssl,",
    ],
    ['sqlite:cache.db?mode=ro', "'mode' is no parameter of a sqlite: URL."],
    ['sqlite://cache.db', "must name a file: 'sqlite:///var/cache/site.db'"],
    ['sqlite:', 'must name a file'],
  ])('refuses %s', (url, message) => {
    expect(() => sqlStore(url)).toThrow(SettingsError)
    expect(() => sqlStore(url)).toThrow(message)
    expect(() => sqlStore(url)).not.toThrow('secret')
  })

  it('refuses what is no kysely, or one of another database', () => {
    expect(() => sqlStore({} as string)).toThrow(/sqlStore\(\) must be a URL .* or a kysely instance; got {}/)
    const tedious = { connectionFactory: async () => undefined, TYPES: {} }
    const dialect = new MssqlDialect({
      tarn: { Pool: class {}, options: { min: 0, max: 1 } },
      tedious,
    } as never)
    expect(() => sqlStore(new Kysely({ dialect }))).toThrow(
      /must be a kysely for PostgreSQL, MySQL or SQLite/,
    )
  })
})

describe('storeFromUrl', () => {
  it.each([
    'postgres://ann@localhost/shop?table=pages&max_entries=400&cull_frequency=2&timeoutMs=500&pool_size=3',
    'postgres://ann@localhost/shop?sslmode=require&application_name=shop',
    'mysql://root@localhost/shop?socketPath=/run/mysqld/mysqld.sock&table=pages',
    `mysql://root@localhost/shop?reader=${encodeURIComponent('mysql://root@replica/shop')}`,
    'sqlite::memory:?table=pages&max_entries=0',
  ])('takes %s', async (url) => {
    const store = fromUrl(url)
    const { sql } = await store.createTable({ dryRun: true })
    expect(sql).toMatch(/table=pages/.test(url) ? /^create table .pages./ : /^create table .sitecache./)
    await store.close()
  })

  it('hands the options on', async () => {
    const store = fromUrl('sqlite::memory:?max_entries=3&cull_frequency=0')
    for (const key of ['a', 'b', 'c', 'd']) await store.set(key, Buffer.from('x'), null)
    expect((await store.stats()).entries).toBe(1)
    await store.close()
  })

  it.each([
    [
      'postgres://localhost/x?max_entires=400',
      'sqlStore().maxEntires is not an option. Did you mean maxEntries?',
    ],
    ['postgres://localhost/x?max_entries=many', 'sqlStore().maxEntries must be a whole number'],
    ['postgres://localhost/x?table=a-b', 'sqlStore().table must be'],
    ['postgres://one,two/x', 'takes one host, and a replica as the option reader; got one, two'],
  ])('refuses %s', (url, message) => {
    expect(() => fromUrl(url)).toThrow(SettingsError)
    expect(() => fromUrl(url)).toThrow(message)
  })
})

describe('installed without a driver', () => {
  it('says at once which one to install', async () => {
    const folder = await installed(['core', 'sql'])
    const program = `
      import { createCaches } from '@sitecache/core'
      for (const scheme of ['postgres://', 'postgresql://', 'mysql://', 'mariadb://', 'sqlite:']) {
        const url = scheme.startsWith('sqlite') ? 'sqlite:x.db' : scheme + 'localhost/x'
        try { createCaches({ default: url }); console.log('made') } catch (error) { console.log(error.name, error.message) }
      }`
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: folder })
    const [postgres, postgresql, mysql, mariadb, sqlite] = stdout.trim().split('\n')
    expect(postgres).toBe("SettingsError sqlStore(): 'postgres:' needs the package pg: npm install pg")
    expect(postgresql).toMatch(/needs the package pg: npm install pg$/)
    expect(mysql).toBe("SettingsError sqlStore(): 'mysql:' needs the package mysql2: npm install mysql2")
    expect(mariadb).toMatch(/needs the package mysql2: npm install mysql2$/)
    const brings = process.getBuiltinModule('node:sqlite') !== undefined
    expect(sqlite).toMatch(brings ? /^made$/ : /^SettingsError .*npm install libsql, or better-sqlite3@12$/)
    await rm(folder, { recursive: true })
  })
})
