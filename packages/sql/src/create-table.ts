import { CompiledQuery } from 'kysely'
import type { Database } from './database.js'
import { errorField, failureOf } from './failures.js'
import { queriesOf } from './queries.js'
import { creation, script } from './table.js'

/** Options of `createTable`. */
export interface CreateTableOptions {
  /** Only returns the statements; needs no connection. @default false */
  readonly dryRun?: boolean
}

/** Result of `createTable`. */
export interface CreatedTable {
  readonly table: string
  /** False: the table existed and was left alone, or `dryRun`. */
  readonly created: boolean
  /** The statements, for the database's own command line. */
  readonly sql: string
}

/** Longest duration of making a table, in milliseconds. */
const CREATE_MS = 30_000

/** Makes the table, unless there is one of that name. */
export async function createTable(
  database: Database,
  { dryRun = false }: CreateTableOptions = {},
): Promise<CreatedTable> {
  const { dialect, table } = database
  const statements = creation(dialect, table)
  const sql = script(statements)
  if (dryRun || (await isThere(database))) return { table, created: false, sql }
  const created = await create(database, statements)
  return { table, created, sql }
}

async function isThere(database: Database): Promise<boolean> {
  try {
    await database.run(queriesOf(database.dialect, database.table).probe(), performance.now() + CREATE_MS)
    return true
  } catch (error) {
    const failure = failureOf(errorField(error, 'cause'))
    // A foreign table without these columns counts as existing.
    if (failure === 'no columns') return true
    if (failure === 'no table') return false
    throw error
  }
}

/** Runs all statements or none; returns whether this process made the table. */
async function create(database: Database, statements: readonly string[]): Promise<boolean> {
  // One statement in MySQL, where a transaction would not cover it.
  const all = database.dialect === 'mysql' ? statements : ['begin', ...statements, 'commit']
  try {
    await database.on(async (connection) => {
      try {
        for (const statement of all) await connection.executeQuery(CompiledQuery.raw(statement))
      } catch (error) {
        if (all !== statements) await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {})
        throw error
      }
    }, performance.now() + CREATE_MS)
    return true
  } catch (error) {
    // Another process was quicker, which raises one of several errors (in PostgreSQL one for the
    // table's type alone).
    if (await isThere(database).catch(() => false)) return false
    throw error
  }
}
