import { closeSync, openSync } from 'node:fs'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { errorField } from '../failures.js'
import { creation } from '../table.js'
import { type OpenFile, sqliteDriver } from './sqlite-drivers.js'

/**
 * A database file, or one in memory, which has the table from the beginning: nobody else can make it.
 *
 * @throws SettingsError when no driver is installed.
 */
export function openSqlite(file: string, table: string, path: string): Kysely<unknown> {
  const open = sqliteDriver(path)
  const statements = file === ':memory:' ? creation('sqlite', table) : []
  const database = async () => prepared(open, file, statements)
  return new Kysely({ dialect: new SqliteDialect({ database }) })
}

/** What makes SQLite fit for several processes, and for requests that must not wait for it. */
function prepared(open: OpenFile, file: string, statements: readonly string[]): SqliteDatabase {
  if (file !== ':memory:') createPrivate(file)
  const database = open(file)
  try {
    // A connection of SQLite's waits by holding up the process: we wait instead. With a log beside the file, who
    // writes leaves those who read alone; in memory there is none.
    const pragmas = ['busy_timeout = 0', 'journal_mode = wal', 'synchronous = normal']
    for (const sql of [...pragmas.map((pragma) => `pragma ${pragma}`), ...statements]) run(database, sql)
  } catch (error) {
    database.close()
    throw error
  }
  return new StatementCache(database)
}

/**
 * Makes the file, if there is none: SQLite would let everyone on the machine read it. Its other files take after it.
 *
 * One that is there must not even be opened: closing it would free all locks that this process has on it.
 */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'ax', 0o600))
  } catch (error) {
    if (errorField(error, 'code') !== 'EEXIST') throw error
  }
}

function run(database: SqliteDatabase, sql: string): void {
  const statement = database.prepare(sql)
  if (statement.reader) statement.all([])
  else statement.run([])
}

/** Statements that are kept ready: more than there are queries, but for those of many keys. */
const KEPT = 50

/** Keeps the statements that were used last ready: SQLite takes longer to read them than to run them. */
class StatementCache implements SqliteDatabase {
  readonly #database: SqliteDatabase
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.delete(sql)
    this.#statements.set(sql, statement)
    for (const oldest of this.#statements.keys()) {
      if (this.#statements.size <= KEPT) break
      this.#statements.delete(oldest)
    }
    return statement
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }
}
