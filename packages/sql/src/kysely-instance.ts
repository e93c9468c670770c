import { SettingsError } from '@sitecache/core/store'
import { type CompiledQuery, type Kysely, type QueryResult, sql } from 'kysely'
import { compilerOf, type DialectName } from './compiler.js'

/** Runs queries on one connection. */
export interface SqlConnection {
  executeQuery<R>(query: CompiledQuery<R>): Promise<QueryResult<R>>
}

/** The part of a `Kysely` that `sqlStore()` uses, of any version and tables. */
export interface KyselyInstance extends SqlConnection {
  connection(): { execute<T>(callback: (connection: SqlConnection) => Promise<T>): Promise<T> }
  getExecutor(): object
  destroy(): Promise<void>
}

/** Tells a kysely instance. */
export function isKysely(value: unknown): value is KyselyInstance {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['executeQuery', 'connection', 'getExecutor', 'destroy'].every(
      (name) => typeof Reflect.get(value, name) === 'function',
    )
  )
}

const dialects: readonly DialectName[] = ['postgres', 'mysql', 'sqlite']

/**
 * Tells an instance's dialect by how it quotes a name and numbers its parameters, so that dialects
 * of other packages work.
 *
 * @throws SettingsError for another dialect than PostgreSQL's, MySQL's or SQLite's
 */
export function dialectOf(kysely: KyselyInstance, path: string): DialectName {
  const probe = sql`${sql.id('a')} ${1}`
  const written = probe.compile(kysely as Kysely<unknown>).sql
  const dialect = dialects.find((name) => probe.compile(compilerOf(name)).sql === written)
  if (dialect !== undefined) return dialect
  throw new SettingsError(
    `${path} must be a kysely for PostgreSQL, MySQL or SQLite: this one writes other SQL`,
  )
}
