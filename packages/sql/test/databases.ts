import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type SqlStore, type SqlStoreOptions, sqlStore } from '@sitecache/sql'
import type { MariadbDatabase } from '@sitecache/test-support/servers/mariadb'
import type { PostgresDatabase } from '@sitecache/test-support/servers/postgres'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { sharedMariadb, sharedPostgres } from '@sitecache/test-support/servers/shared'
import { sqliteDriver } from '../src/connections/sqlite-drivers.js'

export const kinds = ['PostgreSQL', 'MariaDB', 'SQLite'] as const

export type Kind = (typeof kinds)[number]

/** One of each, for a test file. */
export interface Databases {
  readonly postgres: PostgresDatabase
  readonly mariadb: MariadbDatabase
  /** An empty table, and a store in it that is closed at the end. */
  store(kind: Kind, options?: SqlStoreOptions): Promise<{ store: SqlStore; table: string }>
  url(kind: Kind): string
  /** Runs SQL as the database's own tools would; answers the rows of a select. */
  run(kind: Kind, sql: string): Promise<Record<string, unknown>[]>
  stop(): Promise<void>
}

/** Makes them, on the servers of this run. */
export async function openDatabases(): Promise<Databases> {
  const [postgres, mariadb, folder] = await Promise.all([
    sharedPostgres(),
    sharedMariadb(),
    temporaryFolder('sqlite'),
  ])
  const file = join(folder, 'cache.db')
  const urls = { PostgreSQL: postgres.url, MariaDB: mariadb.url, SQLite: `sqlite://${file}` }
  const stores: SqlStore[] = []
  let tables = 0
  return {
    postgres,
    mariadb,
    url: (kind) => urls[kind],
    async store(kind, options = {}) {
      tables += 1
      const table = options.table ?? `cache_${tables}`
      const store = sqlStore(urls[kind], { timeoutMs: 10_000, ...options, table })
      stores.push(store)
      await store.createTable()
      return { store, table }
    },
    async run(kind, sql) {
      if (kind === 'PostgreSQL') return (await postgres.query(sql)).rows
      if (kind === 'MariaDB') return (await mariadb.query(sql)) as Record<string, unknown>[]
      return runInSqlite(file, sql)
    },
    async stop() {
      await Promise.all(stores.map((store) => store.close()))
      await rm(folder, { recursive: true })
    },
  }
}

/**
 * By the library that the store uses: a second copy of SQLite in one process does not see the locks of the first, and
 * drops its log.
 */
function runInSqlite(file: string, sql: string): Record<string, unknown>[] {
  const database = sqliteDriver('the tests')(file)
  try {
    database.prepare('pragma busy_timeout = 5000').all([])
    let rows: unknown[] = []
    // One by one: a driver refuses more in one call, another leaves them out.
    for (const each of sql.split(';').filter((text) => text.trim() !== '')) {
      const statement = database.prepare(each)
      if (statement.reader) rows = statement.all([])
      else statement.run([])
    }
    return rows as Record<string, unknown>[]
  } finally {
    database.close()
  }
}
