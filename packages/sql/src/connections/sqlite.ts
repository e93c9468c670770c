import { closeSync, openSync } from 'node:fs'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { errorField } from '../failures.js'
import { creation } from '../table.js'
import { type OpenFile, sqliteDriver } from './sqlite-drivers.js'

/**
 * Opens a database file, or one in memory, whose table is made at once, as no other process can.
 *
 * @throws SettingsError when no driver is installed
 */
export function openSqlite(file: string, table: string, path: string): Kysely<unknown> {
  const open = sqliteDriver(path)
  const statements = file === ':memory:' ? creation('sqlite', table) : []
  const database = async () => prepared(open, file, statements)
  return new Kysely({ dialect: new SqliteDialect({ database }) })
}

/** Prepares a database for several processes, and for requests that must not wait. */
function prepared(open: OpenFile, file: string, statements: readonly string[]): SqliteDatabase {
  if (file !== ':memory:') createPrivate(file)
  const database = open(file)
  try {
    // SQLite waits by blocking the process, so the waiting is done here. With a write-ahead log,
    // writers don't block readers.
    const pragmas = ['busy_timeout = 0', 'journal_mode = wal', 'synchronous = normal']
    for (const sql of [...pragmas.map((pragma) => `pragma ${pragma}`), ...statements]) run(database, sql)
  } catch (error) {
    database.close()
    throw error
  }
  return new StatementCache(database)
}

/**
 * Makes the file, if missing: SQLite would let everyone on the machine read it, and its other files
 * inherit the mode.
 *
 * An existing one must not even be opened: closing it would release all locks that this process has
 * on it.
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

/** Prepared statements that are kept: more than there are fixed queries. */
const KEPT = 50

/** Keeps the last used statements prepared: SQLite takes longer to parse them than to run them. */
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
