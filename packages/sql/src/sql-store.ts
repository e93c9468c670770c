import {
  checkOptions,
  func,
  guardStore,
  milliseconds,
  type OptionParser,
  refusal,
  type Store,
  wholeNumber,
} from '@sitecache/core/store'
import { openDatabase } from './connections/open.js'
import { type CreatedTable, type CreateTableOptions, createTable } from './create-table.js'
import { isKysely, type KyselyInstance } from './kysely-instance.js'
import { SqlEntries } from './sql-entries.js'
import { tableName } from './table.js'

/** Options of an SQL store. */
export interface SqlStoreOptions {
  /**
   * The table's name, with or without a schema: `cache.pages`. Letters, digits and _. @default
   * 'sitecache'
   */
  readonly table?: string
  /**
   * A replica to read from, as a URL or kysely of the same database system. @default the database
   * itself
   */
  readonly reader?: string | KyselyInstance
  /** Most entries; above 1000, it may be exceeded by some hundredths. @default 100 000 */
  readonly maxEntries?: number
  /**
   * When full, one entry in this many is dropped, the soonest to expire first; 0: all. @default 3
   */
  readonly cullFrequency?: number
  /** Longest wait for an operation, in milliseconds. @default 250 */
  readonly timeoutMs?: number
  /** Most connections to each server; not for a kysely. @default 10 */
  readonly poolSize?: number
  /** Milliseconds since the epoch; for tests. @default Date.now */
  readonly now?: () => number
}

/** A store in a table of an SQL database. */
export interface SqlStore extends Store {
  /**
   * Makes the table, unless there is one of that name, which is left alone. `npx sitecache
   * create-table` calls it.
   *
   * @throws StoreError when the database can't be reached or refuses
   */
  createTable(options?: CreateTableOptions): Promise<CreatedTable>
}

const readerOption: OptionParser<string | KyselyInstance> = (value, path) => {
  if (typeof value === 'string' || isKysely(value)) return value
  throw refusal(path, "a URL such as 'postgres://user@replica/database', or a kysely instance", value)
}

/** Options that a URL's query string may set. */
export const urlOptions = {
  table: tableName,
  reader: readerOption,
  maxEntries: wholeNumber(0),
  cullFrequency: wholeNumber(0),
  timeoutMs: milliseconds(),
  poolSize: wholeNumber(1),
}

const schema = { ...urlOptions, now: func<() => number>() }

/**
 * A store in one table of PostgreSQL, MySQL, MariaDB or SQLite, which `npx sitecache create-table`
 * makes.
 *
 * The driver is the application's to install: `pg`, `mysql2`, or for SQLite `better-sqlite3` or
 * `libsql`, if Node has none of its own. Nothing is connected until the first operation. A kysely
 * instance is not closed with the store.
 *
 * @param database a URL (`postgres:`, `mysql:`, `sqlite:`), or a kysely instance
 * @throws SettingsError for an option that is unknown or out of range, a URL of another kind, or a
 * missing driver.
 *
 * @example
 * const store = sqlStore('postgres://shop@localhost/shop', { table: 'page_cache' })
 * createCaches({ default: { store } })
 */
export function sqlStore(database: string | KyselyInstance, options?: SqlStoreOptions): SqlStore {
  const {
    table = 'sitecache',
    timeoutMs = 250,
    poolSize = 10,
    ...given
  } = checkOptions(options, schema, 'sqlStore()')
  if (typeof database !== 'string' && !isKysely(database)) {
    throw refusal(
      'sqlStore()',
      "a URL such as 'postgres://user@host/database', or a kysely instance",
      database,
    )
  }
  const open = (from: string | KyselyInstance, path: string) =>
    openDatabase(from, table, { path, poolSize, timeoutMs })
  const writer = open(database, 'sqlStore()')
  const reader = given.reader === undefined ? writer : open(given.reader, 'sqlStore().reader')
  if (reader.dialect !== writer.dialect) {
    throw refusal('sqlStore().reader', `a ${writer.dialect} database, as the other is`, reader.dialect)
  }
  const clock = given.now ?? Date.now
  const entries = new SqlEntries({
    writer,
    reader,
    timeoutMs,
    maxEntries: given.maxEntries ?? 100_000,
    cullFrequency: given.cullFrequency ?? 3,
    // The column holds whole milliseconds.
    now: () => Math.floor(clock()),
  })
  return Object.assign(guardStore(entries, { timeoutMs }), {
    createTable: (how?: CreateTableOptions) => createTable(writer, how),
  })
}
