import { SettingsError } from '@sitecache/core/store'
import type { SqliteDatabase } from 'kysely'
import { findDriver } from './load-driver.js'

/** Opens a database file. */
export type OpenFile = (file: string) => SqliteDatabase

/**
 * Finds a driver of SQLite: better-sqlite3 or libsql where installed, else Node's own.
 *
 * @throws SettingsError that names the package to install
 */
export function sqliteDriver(path: string): OpenFile {
  const better = loadsBetterSqlite() ? findDriver('better-sqlite3') : undefined
  const installed = better ?? findDriver('libsql')
  if (installed !== undefined) {
    const Database = installed as new (file: string) => SqliteDatabase
    return (file) => new Database(file)
  }
  const own: unknown = process.getBuiltinModule('node:sqlite')
  if (isNodeSqlite(own)) return (file) => new OwnDatabase(new own.DatabaseSync(file))
  throw new SettingsError(
    `${path}: 'sqlite:' needs a package on this version of Node: npm install libsql, or better-sqlite3` +
      (isOldNode ? '@12' : ''),
  )
}

/**
 * better-sqlite3 13 is built for Node-API 10: where Node has less, loading it ends the process (its
 * issue 1514).
 */
const isOldNode = Number(process.versions.napi) < 10

function loadsBetterSqlite(): boolean {
  if (!isOldNode) return true
  const about = findDriver('better-sqlite3/package.json')
  return about !== undefined && Number.parseInt(String(Reflect.get(about, 'version')), 10) < 13
}

/** The part of node:sqlite that is used. */
interface NodeSqlite {
  readonly DatabaseSync: new (file: string) => RawDatabase
}

interface RawDatabase {
  prepare(sql: string): RawStatement
  close(): void
}

interface RawStatement {
  all(...parameters: unknown[]): unknown[]
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  iterate(...parameters: unknown[]): IterableIterator<unknown>
  columns(): unknown[]
}

/** Tells node:sqlite of Node 22.16 and later, whose statements tell whether they return rows. */
function isNodeSqlite(module: unknown): module is NodeSqlite {
  if (typeof module !== 'object' || module === null) return false
  const statement: unknown = Reflect.get(module, 'StatementSync')
  return typeof statement === 'function' && typeof statement.prototype?.columns === 'function'
}

/** node:sqlite with the interface of better-sqlite3. */
class OwnDatabase implements SqliteDatabase {
  readonly #database: RawDatabase

  constructor(database: RawDatabase) {
    this.#database = database
  }

  prepare(sql: string) {
    const statement = this.#database.prepare(sql)
    return {
      reader: statement.columns().length > 0,
      all: (parameters: readonly unknown[]) => statement.all(...parameters),
      run: (parameters: readonly unknown[]) => statement.run(...parameters),
      iterate: (parameters: readonly unknown[]) => statement.iterate(...parameters),
    }
  }

  close(): void {
    this.#database.close()
  }
}
